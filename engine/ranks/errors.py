"""What the loss of a rank looks like from the engine."""


class RanksRestarted(Exception):
    """A rank was lost; all are serving again, with an empty KV cache. What was running must be read again.

    has_failed_step: no rank was lost before the step itself raised, on this one. Reading the same again may fail again.
    """

    def __init__(self, reason: str, has_failed_step: bool = False) -> None:
        super().__init__(reason)
        self.has_failed_step = has_failed_step


class RankLost(Exception):
    """A rank cannot be told or asked any more. Never leaves engine.ranks."""
