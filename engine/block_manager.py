"""Who owns which block of the KV cache."""

from engine.sequence import Sequence


class BlockManager:
    """Blocks 0 .. num_blocks - 1 of block_size tokens; each is free or in exactly one sequence's block table."""

    def __init__(self, num_blocks: int, block_size: int) -> None:
        assert num_blocks > 0 and block_size > 0, (num_blocks, block_size)
        self.num_blocks = num_blocks
        self.block_size = block_size
        # A stack: the block freed last is used next, while the processor's caches may still hold it.
        self._free = list(reversed(range(num_blocks)))
        self._used: set[int] = set()

    @property
    def num_free(self) -> int:
        return len(self._free)

    def num_missing(self, sequence: Sequence) -> int:
        """How many blocks its tokens need beyond those it owns."""
        return -(-sequence.num_tokens // self.block_size) - len(sequence.block_table)

    def allocate(self, sequence: Sequence) -> None:
        """Append the missing blocks to the sequence's table. The caller has checked that enough are free."""
        num_missing = self.num_missing(sequence)
        assert 0 <= num_missing <= self.num_free, (num_missing, self.num_free)
        for _ in range(num_missing):
            block = self._free.pop()
            self._used.add(block)
            sequence.block_table.append(block)

    def free(self, sequence: Sequence) -> None:
        """Take every block back and empty the table."""
        while sequence.block_table:
            block = sequence.block_table.pop()
            self._used.remove(block)
            self._free.append(block)
        assert len(self._free) + len(self._used) == self.num_blocks, (self._free, self._used)
