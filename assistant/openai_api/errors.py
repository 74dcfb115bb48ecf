"""What a client is told when it gets no answer: OpenAI's error object, with the field that is to blame."""

import logging
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from assistant.attachments.attachment import AttachmentError
from engine.errors import EngineError, EngineStopped, InvalidRequest, PromptTooLong, QueueFull

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
RETRY_AFTER_S = 1
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "invalid_request_error",
    429: "rate_limit_error",
    503: "service_unavailable_error",
}
_FIELD = re.compile(r"^(temperature|top_[kp]|min_p|\w+_penalty|stop)\b|\blogit_bias\b")

logger = logging.getLogger(__name__)


class ApiError(Exception):
    """message: a sentence for a person. param: the field it is about."""

    def __init__(
        self, status: int, message: str, code: str, param: str | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.headers = headers

    @property
    def body(self) -> dict[str, Any]:
        kind = _TYPES.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


def refused(param: str | None, message: str, code: str = "invalid_value") -> ApiError:
    return ApiError(400, message, code, param)


def api_error(error: Exception) -> ApiError:
    """What a client may know of any error."""
    match error:
        case ApiError():
            return error
        case PromptTooLong():
            return refused(None, str(error), "context_length_exceeded")
        case InvalidRequest():
            named = _FIELD.search(str(error).partition(";")[0])
            return refused(named[0] if named else None, str(error))
        case AttachmentError():
            return refused("messages", str(error), "unreadable_media")
        case QueueFull():
            return ApiError(429, str(error), "queue_full", headers={"Retry-After": str(RETRY_AFTER_S)})
        case EngineStopped():
            return ApiError(503, str(error), "engine_stopped")
        case EngineError():
            return ApiError(500, str(error), "engine_error")
    logger.error("a request over HTTP failed", exc_info=error)
    return ApiError(500, "Something went wrong here, and the log says what. Try again.", "internal")
