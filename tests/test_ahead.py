"""Working one step ahead changes nothing but the time."""

import threading

import pytest

from m365timeline.pipeline.ahead import ahead


def test_the_items_come_in_their_order_worked_out_in_another_thread():
    threads = []

    def items():
        for number in range(5):
            threads.append(threading.current_thread().name)
            yield number

    assert list(ahead(items())) == [0, 1, 2, 3, 4]
    assert all(name.startswith("ahead") for name in threads)
    assert list(ahead(iter(()))) == []


def test_no_more_than_one_item_is_worked_out_before_it_is_wanted():
    made = []
    found = ahead(made.append(number) or number for number in range(5))
    assert next(found) == 0
    found.close()
    assert len(made) <= 2


def test_a_failure_is_raised_where_its_item_is_wanted():
    def items():
        yield 1
        raise OSError("gone")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(OSError, match="gone"):
        next(found)
