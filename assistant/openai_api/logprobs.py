"""Log-probabilities of tokens, in the two forms that OpenAI has for them."""

from collections.abc import Callable
from typing import Any

from engine.messages import TokenLogprob

TokenBytes = Callable[[int], bytes]
LOWEST = -9999.0  # what OpenAI says for a probability of 0, since JSON has no infinity


def chat_logprobs(tokens: list[TokenLogprob], token_bytes: TokenBytes) -> dict[str, Any]:
    def entry(token_id: int, logprob: float) -> dict[str, Any]:
        said = token_bytes(token_id)
        return {"token": _text(said), "logprob": max(logprob, LOWEST), "bytes": list(said)}

    content = [
        entry(token.token_id, token.logprob) | {"top_logprobs": [entry(*likely) for likely in token.top]}
        for token in tokens
    ]
    return {"content": content, "refusal": None}


def plain_logprobs(tokens: list[TokenLogprob], token_bytes: TokenBytes, text_start: int) -> dict[str, Any]:
    """text_start: characters of the answer before these tokens."""
    texts = [_text(token_bytes(token.token_id)) for token in tokens]
    offsets = [text_start]
    for text in texts[:-1]:
        offsets.append(offsets[-1] + len(text))
    return {
        "tokens": texts,
        "token_logprobs": [max(token.logprob, LOWEST) for token in tokens],
        "top_logprobs": [
            {_text(token_bytes(token_id)): max(logprob, LOWEST) for token_id, logprob in token.top} for token in tokens
        ],
        "text_offset": offsets if texts else [],
    }


def _text(said: bytes) -> str:
    """Part of a character is shown by its bytes, as OpenAI does, so that no two tokens look the same."""
    try:
        return said.decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in said)
