"""How many tokens a step may compute, so that whoever stops or waits for a token waits about STEP_S for its end."""

STEP_S = 0.1
FEWEST_TOKENS = 32  # fewer cost more each; what so few take says little of many
FIRST_TOKENS = 64  # while nothing is known of the machine


class StepPace:
    """It follows the latest step of FEWEST_TOKENS or more, so that it keeps up with the contexts and the machine."""

    def __init__(self) -> None:
        self.num_tokens = FIRST_TOKENS

    def record(self, num_tokens: int, seconds: float) -> None:
        """A step of num_tokens took seconds."""
        if num_tokens >= FEWEST_TOKENS:
            self.num_tokens = max(FEWEST_TOKENS, int(num_tokens * STEP_S / max(seconds, 1e-6)))
