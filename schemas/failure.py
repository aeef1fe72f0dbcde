"""Ways a run can fail that are no bug of the caller: each knows the sentence for the user."""

from typing import ClassVar


class FailedError(Exception):
    """A run that ends without its outputs. Made with one text, which ``words`` puts into a sentence."""

    words: ClassVar[str] = "{what}"

    def sentence(self) -> str:
        """What happened, what it means, what to do."""
        return self.words.format(what=self.args[0] if self.args else "")
