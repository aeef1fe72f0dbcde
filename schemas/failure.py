"""Ways a run can fail that are no bug of the caller: each knows the sentence for the user."""

from typing import ClassVar


class FailedError(Exception):
    """A run that ends without its outputs. Made with one text, which ``words`` puts into a sentence."""

    words: ClassVar[str] = "{what}"

    def sentence(self) -> str:
        """What happened, what it means, what to do."""
        return self.words.format(what=self.args[0] if self.args else "")


class TooLittleMemoryError(FailedError):
    """A question to the timeline does not fit in the memory a run may take, although it may use the disk as well."""

    words = "A question to the timeline needs more than the {what} of memory the database may take; no output was written. Narrow the run (--since, --until, --user), or leave the questions out (--no-analysis)."

    def why(self) -> str:
        """Why one sheet could not be worked out, as the rest of a sentence."""
        return f"working it out needs more than the {self.args[0]} of memory the database may take; narrow the run (--since, --until, --user) to see it."
