"""Random lives of an engine: requests come, are answered, cancelled, fail, lose their cache. Nothing else may change.

Whoever reads a block that was given to nobody finds nothing there, and a step that leads nowhere ends a program.
Every run plays the same NUM_PROGRAMS programs.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.config import EngineConfig
from engine.engine import MEDIA_FAILED, Engine, Failure
from engine.errors import PromptTooLong
from engine.failing_step import STEP_FAILED
from engine.media import Prompt
from engine.media_prompt import prompt_of_ids
from engine.ranks.errors import RanksRestarted
from engine.sampling_params import SamplingParams
from engine.sequence import Sequence, position_seed
from tests.engine.fakes import PagedRunner, echo, logprob, next_token, picture
from tests.engine.test_engine_media import IMAGE, read_as

NUM_PROGRAMS = 2000
EOS_IDS = frozenset(range(40))  # of 1,000 numbers, but a quarter of the small prompts' tokens
MAX_STEPS = 3000  # of what is left at the end of a program; thirty requests take a tenth of it
NO_TOKEN = "No token."
PICTURES = [picture(3, shade=1), picture(3, shade=2), picture(5, shade=3)]


class EngineMachine(RuleBasedStateMachine):
    @initialize(
        num_blocks=st.integers(3, 30),
        block_size=st.integers(1, 4),
        max_num_seqs=st.integers(1, 5),
        budget=st.integers(1, 20),
        encoder_cache_tokens=st.sampled_from([0, 4, 100]),
        prefix_cache=st.sampled_from([True, True, True, False]),
        has_ranks=st.booleans(),
        speculation=st.sampled_from([0, 1, 4, 15]),
        answers=st.sampled_from([echo, echo, next_token]),
    )
    def start(
        self,
        num_blocks,
        block_size,
        max_num_seqs,
        budget,
        encoder_cache_tokens,
        prefix_cache,
        has_ranks,
        speculation,
        answers,
    ):
        self.runner = PagedRunner(num_blocks, block_size)
        self.runner.next_token = answers
        self.runner.before_step = self.before_step
        config = EngineConfig(
            "unused",
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=budget,
            encoder_cache_tokens=encoder_cache_tokens,
            prefix_cache=prefix_cache,
            speculation=speculation,
        )
        self.engine = Engine(config, self.runner, EOS_IDS)
        self.config = config
        self.guilty_id = None
        self.blind_to = None  # the picture at which the encoder fails
        self.runner.before_encode = self.before_encode
        self.num_shared = {}
        self.has_ranks = has_ranks
        self.is_cache_lost = False
        self.requests = {}  # id -> (ids of its prompt, its pictures, its session, params)
        self.tokens = {}
        self.alive = set()

    def before_encode(self, item):
        if item is self.blind_to:
            raise ZeroDivisionError("a picture")

    def before_step(self, plan):
        assert 0 < plan.num_tokens <= self.config.max_num_batched_tokens
        assert len(plan.sequences) <= self.config.max_num_seqs
        if self.is_cache_lost:
            self.is_cache_lost = False
            self.runner.wipe()
            raise RanksRestarted("a rank was lost")
        if any(part.sequence_id == self.guilty_id for part in plan.sequences):
            if self.has_ranks:
                self.runner.wipe()
                raise RanksRestarted("a step failed", has_failed_step=True)
            raise ZeroDivisionError("a guilty request")

    @rule(
        family=st.integers(0, 1),
        length=st.integers(1, 14),
        pictures=st.lists(st.sampled_from(PICTURES), max_size=2),
        tail=st.integers(0, 3),
        session=st.sampled_from(["ann", "ann", "bob"]),
        num_shared=st.sampled_from([0, 2, 8]),
        max_tokens=st.integers(1, 12),
        prompt_logprobs=st.sampled_from([0, 0, 0, 1, 4, 100]),
        sampling=st.sampled_from(
            [{}, {}, {"logprobs": 0}, {"temperature": 1.0, "seed": 3}, {"frequency_penalty": 1.0, "logprobs": 0}]
        ),
    )
    def add(self, family, length, pictures, tail, session, num_shared, max_tokens, prompt_logprobs, sampling):
        """Beginnings are often the same, endings are not."""
        ids = [100 * family + i for i in range(length)]
        for item in pictures:
            ids += [IMAGE] * item.num_tokens + [7]
        ids += [tail] * tail
        params = SamplingParams(max_tokens=max_tokens, prompt_logprobs=prompt_logprobs, **sampling)
        self.ask(ids, pictures, session, params, min(num_shared, length))

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), tail=st.integers(0, 3), max_tokens=st.integers(1, 12))
    def add_next_turn(self, data, tail, max_tokens):
        """A prompt, its answer as far as it has come, and more."""
        request_id = data.draw(st.sampled_from(sorted(self.tokens)))
        ids, pictures, session, _ = self.requests[request_id]
        self.ask([*ids, *self.tokens[request_id], tail], pictures, session, SamplingParams(max_tokens=max_tokens))

    def ask(self, ids, pictures, session, params, num_shared_tokens=0):
        base = prompt_of_ids(ids, tuple(pictures), self.runner.placeholder_ids)
        prompt = Prompt(base.token_ids, base.spans, base.inputs, num_shared_tokens)
        request_id = len(self.requests)
        self.requests[request_id] = (ids, pictures, session, params)
        self.num_shared[request_id] = num_shared_tokens
        capacity = self.runner.num_blocks * self.runner.block_size
        try:
            self.engine.add(request_id, prompt, params, 0.0, session)
        except PromptTooLong:
            assert len(ids) >= capacity
            return
        assert len(ids) < capacity
        self.tokens[request_id] = []
        self.alive.add(request_id)

    @rule(num_steps=st.integers(1, 6))
    def step(self, num_steps):
        for _ in range(num_steps):
            if self.engine.has_work:
                self.take(self.engine.step())

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def cancel(self, data):
        request_id = data.draw(st.sampled_from(sorted(self.alive)))
        self.engine.abort(request_id)
        self.alive.remove(request_id)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def fail(self, data):
        self.guilty_id = data.draw(st.sampled_from(sorted(self.alive)))

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def have_no_token(self, data):
        """As of a row with a number that is not finite."""
        self.runner.failing_id = data.draw(st.sampled_from(sorted(self.alive)))

    @rule(picture=st.sampled_from([None, *PICTURES]))
    def be_blind_to(self, picture):
        self.blind_to = picture

    @rule()
    def lose_the_cache(self):
        self.is_cache_lost = True

    @rule(num_blocks=st.integers(1, 8))
    def evict(self, num_blocks):
        """As if somebody else had needed the blocks."""
        blocks = self.engine._blocks
        num_tokens = min(num_blocks, blocks.num_free) * blocks.block_size
        stranger = Sequence(-1, Prompt([0] * num_tokens), SamplingParams(), 0.0)
        blocks.allocate(stranger)
        blocks.free(stranger)

    def take(self, outputs):
        for output in outputs:
            assert output.request_id in self.alive
            if isinstance(output, Failure):
                self.check_failure(output)
                self.alive.remove(output.request_id)
                continue
            ids, pictures, _, params = self.requests[output.request_id]
            answer = self.tokens[output.request_id]
            read = read_as(ids, pictures)
            has_logprob = params.logprobs is not None
            assert output.logprob == (logprob(read + answer, output.token_id) if has_logprob else None)
            answer.append(output.token_id)
            assert (output.token_id in EOS_IDS) == (output.finish is not None and output.finish.reason == "stop")
            if output.finish:
                self.alive.remove(output.request_id)
                assert len(answer) == output.finish.usage.completion_tokens <= params.max_tokens
                positions = range(max(1, len(read) - params.prompt_logprobs), len(read))
                assert output.finish.prompt_logprobs == [logprob(read[:p], ids[p]) for p in positions]
                assert 0 <= output.finish.usage.cached_tokens < len(ids)
                self.check_cached(output.request_id, output.finish.usage.cached_tokens)

    def check_failure(self, failure):
        pictures = self.requests[failure.request_id][1]
        possible = [Failure(self.guilty_id, STEP_FAILED), Failure(self.runner.failing_id, NO_TOKEN)]
        if any(item is self.blind_to for item in pictures):
            possible.append(Failure(failure.request_id, MEDIA_FAILED))
        assert failure in possible

    def check_cached(self, request_id, num_cached):
        """Somebody whose tokens it may find has begun in the same way."""
        session = self.requests[request_id][2]
        beginning = self.history(request_id)[:num_cached]
        others = [i for i in self.tokens if i != request_id and self.history(i)[:num_cached] == beginning]
        num_shared = [min(self.num_shared[i], self.num_shared[request_id]) for i in others]
        is_allowed = [self.requests[i][2] == session for i in others] + [num >= num_cached for num in num_shared]
        assert num_cached == 0 or any(is_allowed)

    def history(self, request_id):
        """What the model has in its cache of it, and the tokens that came last."""
        ids, pictures, _, _ = self.requests[request_id]
        return read_as(ids, pictures) + self.tokens[request_id]

    def expected(self, request_id, num_tokens):
        """What the runner says to a request that is alone in the world, one token at a time."""
        ids, pictures, _, params = self.requests[request_id]
        history = read_as(ids, pictures)
        for i in range(num_tokens):
            seed = position_seed(params.seed, len(history)) if params.temperature > 0 else 0
            history.append(self.runner.next_token(history, seed + (i if params.counts_tokens else 0)))
        return history[len(ids) :]

    @invariant()
    def every_block_is_accounted_for(self):
        blocks, scheduler = self.engine._blocks, self.engine._scheduler
        owners = Counter(block for sequence in scheduler.running for block in sequence.block_table)
        assert [owners[block] for block in range(blocks.num_blocks)] == blocks._num_owners
        assert blocks.num_free == blocks.num_blocks - len(owners)
        assert self.engine.stats().num_free_blocks == blocks.num_free
        known = blocks._prefixes
        assert len(known._blocks) == len(known._digests) == known.num_blocks <= blocks.num_blocks
        assert not set(blocks._blank) & set(known._digests)
        blank = set(blocks._blank)
        for slot in [slot for slot in self.runner._slots if slot // blocks.block_size in blank]:
            del self.runner._slots[slot]

    @invariant()
    def nobody_is_overtaken_in_the_line_of_a_session(self):
        scheduler = self.engine._scheduler
        for session in ("ann", "bob"):
            running = [sequence.id for sequence in scheduler.running if sequence.session == session]
            waiting = [sequence.id for sequence in scheduler._waiting._lines.get(session, ())]
            assert running + waiting == sorted(running + waiting)

    @invariant()
    def every_request_is_somewhere(self):
        scheduler = self.engine._scheduler
        waiting = [sequence for line in scheduler._waiting._lines.values() for sequence in line]
        assert {sequence.id for sequence in [*waiting, *scheduler.running]} == self.alive
        assert len(waiting) == scheduler.num_waiting
        assert sum(sequence.num_prompt_tokens for sequence in waiting) == scheduler.num_waiting_tokens
        assert all(not sequence.block_table for sequence in waiting)

    @invariant()
    def features_are_kept_within_the_budget_or_needed(self):
        encoders = self.engine._encoders
        assert encoders._num_tokens.keys() == self.runner.encoded.keys()
        held = [i for sequence in self.engine._sequences.values() for i in sequence.media_ids]
        assert encoders._num_holders == Counter(held)
        assert encoders._digests.keys() == set(held) | encoders._num_tokens.keys()

    def teardown(self):
        if not hasattr(self, "engine"):
            return
        num_steps = 0
        while self.engine.has_work:
            self.take(self.engine.step())
            num_steps += 1
            assert num_steps < MAX_STEPS, "nothing gets on"
        for request_id, answer in self.tokens.items():
            assert answer == self.expected(request_id, len(answer))
        self.every_block_is_accounted_for()
        self.features_are_kept_within_the_budget_or_needed()
        assert self.engine._blocks.num_free == self.engine._blocks.num_blocks
        assert not self.engine._encoders._num_holders


TestEngineMachine = pytest.mark.timeout(300)(EngineMachine.TestCase)
TestEngineMachine.settings = settings(
    max_examples=NUM_PROGRAMS,
    stateful_step_count=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
