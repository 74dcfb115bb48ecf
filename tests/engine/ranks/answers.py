"""What the engine does around a runner, as small as it can be: greedy answers, read again after ranks were lost."""

from dataclasses import dataclass, field

from engine.media import Prompt
from engine.ranks.errors import RanksRestarted
from engine.step_plan import FeaturePlan, SequencePlan, StepPlan


@dataclass
class Answer:
    id: int
    prompt: Prompt
    blocks: list[int]
    token_ids: list[int] = field(default_factory=list)
    is_read: bool = False

    def plan(self):
        """The whole of it, or only its last token once the rest has been read."""
        token_ids = [*self.prompt.token_ids, *self.token_ids]
        if self.is_read:
            return SequencePlan(self.id, token_ids[-1:], len(token_ids) - 1, self.blocks, is_sampled=True)
        features = [
            FeaturePlan(media_id(self.id, span.input_index), span.first_feature, span.start, span.num_tokens)
            for span in self.prompt.spans
        ]
        return SequencePlan(self.id, token_ids, 0, self.blocks, is_sampled=True, features=features)


def greedy(runner, prompts, num_tokens, after_step=lambda num_steps: None):
    """Token ids for each Prompt or list of ids; all share every step. after_step(n): called after the nth."""
    answers = _answers(prompts, num_tokens, runner.block_size)
    media = {media_id(a.id, i): item for a in answers for i, item in enumerate(a.prompt.inputs)}
    for item_id, item in media.items():
        runner.encode(item_id, item)
    num_steps = 0
    while len(answers[0].token_ids) < num_tokens:
        _step(runner, answers)
        num_steps += 1
        after_step(num_steps)
    for item_id in media:
        runner.forget(item_id)
    return [answer.token_ids for answer in answers]


def media_id(answer_id, index):
    return 100 * answer_id + index


def _step(runner, answers):
    try:
        sampled = runner.execute(StepPlan([answer.plan() for answer in answers])).sampled
    except RanksRestarted:
        sampled = {}
    for answer in answers:
        answer.is_read = bool(sampled)
        if sampled:
            answer.token_ids.append(sampled[answer.id])


def _answers(prompts, num_tokens, block_size):
    answers, first = [], 0
    for i, prompt in enumerate(prompts):
        prompt = prompt if isinstance(prompt, Prompt) else Prompt(prompt)
        num_blocks = -(-(len(prompt.token_ids) + num_tokens) // block_size)
        answers.append(Answer(i, prompt, list(range(first, first + num_blocks))))
        first += num_blocks
    return answers
