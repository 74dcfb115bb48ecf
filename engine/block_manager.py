"""Who owns which block of the KV cache, and which blocks may be used once more."""

from collections import Counter
from collections.abc import Set

from engine.prefix_cache import PrefixCache
from engine.sequence import Sequence


class BlockManager:
    """Blocks 0 .. num_blocks - 1 of block_size tokens; each is free or in the block tables of its owners.

    Only full blocks, which nobody writes to any more, have several owners. A free block keeps its known tokens until
    it is needed for others.
    """

    def __init__(self, num_blocks: int, block_size: int, keeps_prefixes: bool = True) -> None:
        assert num_blocks > 0 and block_size > 0, (num_blocks, block_size)
        self.num_blocks = num_blocks
        self.block_size = block_size
        self._keeps_prefixes = keeps_prefixes
        self._num_owners = [0] * num_blocks
        # A stack: the block freed last is used next, while the processor's caches may still hold it.
        self._blank = list(reversed(range(num_blocks)))
        self._prefixes = PrefixCache()

    @property
    def num_free(self) -> int:
        """Blank ones, and known ones that nobody owns."""
        return len(self._blank) + self._prefixes.num_idle

    @property
    def num_cached(self) -> int:
        """Blocks with known tokens, owned or free."""
        return self._prefixes.num_blocks

    def make_room(self, sequence: Sequence, num_tokens: int) -> int:
        """For a draft of so many tokens behind its own; how many there is room for. Only blank blocks are taken, and
        trim() gives them back, so nobody has to make way and nothing known is forgotten."""
        while (room := len(sequence.block_table) * self.block_size - sequence.num_tokens) < num_tokens and self._blank:
            self._take(sequence)
        return min(room, num_tokens)

    def trim(self, sequence: Sequence) -> None:
        """Take back the blocks behind those that its tokens need."""
        while self.num_missing(sequence) < 0:
            self._give_back(sequence)

    def num_missing(self, sequence: Sequence) -> int:
        """How many blocks its tokens need beyond those it owns."""
        return -(-sequence.num_tokens // self.block_size) - len(sequence.block_table)

    def cached_prefix(self, sequence: Sequence) -> list[int]:
        """The known blocks that a sequence without blocks can begin with."""
        if not self._keeps_prefixes:
            return []
        num_blocks = sequence.num_reusable_tokens // self.block_size
        return self._prefixes.find(sequence.chain.digests(sequence.token_ids, num_blocks, self.block_size))

    def freed_by(self, sequences: list[Sequence]) -> set[int]:
        """The blocks that nobody owns once these have let go of theirs."""
        num_owners = Counter(block for sequence in sequences for block in sequence.block_table)
        return {block for block, num in num_owners.items() if num == self._num_owners[block]}

    def num_taken(self, sequence: Sequence, prefix: list[int], freed: Set[int] = frozenset()) -> int:
        """How many free blocks the sequence takes when it begins with prefix, once those of freed are free."""
        num_owned_already = sum(not self._prefixes.is_idle(block) and block not in freed for block in prefix)
        return self.num_missing(sequence) - num_owned_already

    def begin(self, sequence: Sequence, prefix: list[int]) -> None:
        """Give it the blocks of prefix, which it may not write to, and those it needs beyond."""
        assert not sequence.block_table, sequence.block_table
        for block in prefix:
            self._prefixes.unpark(block)
            self._num_owners[block] += 1
        sequence.block_table += prefix
        sequence.num_published = len(prefix)
        self.allocate(sequence)

    def allocate(self, sequence: Sequence) -> None:
        """Append the missing blocks to the sequence's table. The caller has checked that enough are free."""
        num_missing = self.num_missing(sequence)
        assert 0 <= num_missing <= self.num_free, (num_missing, self.num_free)
        for _ in range(num_missing):
            self._take(sequence)

    def publish(self, sequence: Sequence) -> None:
        """Make known the blocks that have become full. Costs next to nothing while none has."""
        num_full = sequence.num_computed // self.block_size
        if num_full == sequence.num_published or not self._keeps_prefixes:
            return
        digests = sequence.chain.digests(sequence.token_ids, num_full, self.block_size)
        for i in range(sequence.num_published, num_full):
            self._prefixes.insert(digests[i], sequence.block_table[i])
        sequence.num_published = num_full

    def free(self, sequence: Sequence) -> None:
        """Take every block back and empty the table. Last block first: a prefix outlives what follows it."""
        while sequence.block_table:
            self._give_back(sequence)
        sequence.num_published = 0

    def distrust(self, sequence: Sequence) -> None:
        """What is in its blocks may be wrong: no other sequence may begin with them."""
        for block in sequence.block_table:
            self._prefixes.forget(block)

    def forget_prefixes(self) -> None:
        """After the cache was lost. Every sequence must have given back its blocks."""
        while self._prefixes.num_idle:
            self._blank.append(self._prefixes.evict())
        assert self._prefixes.num_blocks == 0, "a block is in use"

    def _take(self, sequence: Sequence) -> None:
        """Append a free block to its table."""
        block = self._blank.pop() if self._blank else self._prefixes.evict()
        assert self._num_owners[block] == 0, block
        self._num_owners[block] = 1
        sequence.block_table.append(block)

    def _give_back(self, sequence: Sequence) -> None:
        """Remove the last block from its table."""
        block = sequence.block_table.pop()
        assert self._num_owners[block] > 0, block
        self._num_owners[block] -= 1
        if self._num_owners[block] == 0:
            self._let_go(block)

    def _let_go(self, block: int) -> None:
        if block in self._prefixes:
            self._prefixes.park(block)
        else:
            self._blank.append(block)
