"""Which blocks hold known tokens, and which of those nobody uses, the one unused for longest first."""

from collections import OrderedDict


class PrefixCache:
    """A block is known by the digest of all tokens up to its end. It is idle while no sequence owns it."""

    def __init__(self) -> None:
        self._blocks: dict[bytes, int] = {}
        self._digests: dict[int, bytes] = {}
        self._idle: OrderedDict[int, None] = OrderedDict()

    def __contains__(self, block: int) -> bool:
        return block in self._digests

    @property
    def num_blocks(self) -> int:
        return len(self._digests)

    @property
    def num_idle(self) -> int:
        return len(self._idle)

    def is_idle(self, block: int) -> bool:
        return block in self._idle

    def find(self, digests: list[bytes]) -> list[int]:
        """The blocks of the longest prefix of the chain that is known."""
        blocks = []
        for digest in digests:
            if (block := self._blocks.get(digest)) is None:
                break
            blocks.append(block)
        return blocks

    def insert(self, digest: bytes, block: int) -> None:
        """Of two blocks with the same tokens the first one stays known."""
        if digest not in self._blocks:
            self._blocks[digest] = block
            self._digests[block] = digest

    def park(self, block: int) -> None:
        """Its last owner has let go of it."""
        self._idle[block] = None

    def unpark(self, block: int) -> None:
        """It has an owner again, or still."""
        self._idle.pop(block, None)

    def evict(self) -> int:
        """Forget the block that was let go of first, so that it can hold other tokens."""
        block, _ = self._idle.popitem(last=False)
        del self._blocks[self._digests.pop(block)]
        return block

    def forget(self, block: int) -> None:
        """One with an owner. Does nothing to one that is not known."""
        assert block not in self._idle, block
        if block in self._digests:
            del self._blocks[self._digests.pop(block)]
