"""Which JSON schemas an answer can be held to (draft 2020-12): a keyword is enforced, says nothing, or is refused.

The kept library refuses keywords that it knows and does not enforce; what it does not know it would ignore, and a
misspelt `maxlength` with it, so the keywords are checked here.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from engine.errors import InvalidRequest

MAX_SCHEMA_LENGTH = 65_536
MAX_PARTS = 1_000
MAX_DEPTH = 64

Schema = dict[str, Any] | bool

_SCHEMA_MAPS = ("properties", "patternProperties", "$defs", "definitions")
_SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties")
_VALUES = (
    *("type", "const", "enum", "required", "minProperties", "maxProperties", "minItems", "maxItems"),
    *("minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "multipleOf",
)
_ANNOTATIONS = (
    *("title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "$comment"),
    *("contentEncoding", "contentMediaType", "discriminator"),
)
_ROOT_ANNOTATIONS = ("$schema", "$id")
_CLOSE_TO_ZERO = 1e-15


def read_schema(source: str) -> Schema:
    """source: JSON. Raises InvalidRequest that names the limit, or the keyword and its place."""
    if len(source) > MAX_SCHEMA_LENGTH:
        raise InvalidRequest(
            f"The JSON schema is {len(source):,} characters long; it may have at most {MAX_SCHEMA_LENGTH:,}."
        )
    try:
        schema = json.loads(source, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"The JSON schema cannot be read as JSON: {error}.") from error
    return plain_schema(schema)


def plain_schema(schema: Any, root: str = "#") -> Schema:
    """The same without what says nothing. root: where it will stand, so that its references hold there."""
    if isinstance(schema, Mapping):
        schema = {keyword: value for keyword, value in schema.items() if keyword not in _ROOT_ANNOTATIONS}
    return _Reader(root).read(schema, "#", 0)


class _Reader:
    def __init__(self, root: str) -> None:
        self._root = root
        self._num_parts = 0

    def read(self, schema: Any, place: str, depth: int) -> Schema:
        if depth > MAX_DEPTH:
            raise InvalidRequest(f"The JSON schema is nested more than {MAX_DEPTH} deep. Put parts under $defs.")
        self._num_parts += 1
        if self._num_parts > MAX_PARTS:
            raise InvalidRequest(f"The JSON schema has more than {MAX_PARTS:,} parts. Leave out what is not needed.")
        if isinstance(schema, bool):
            return schema
        plain: dict[str, Any] = {}
        for keyword, value in _expect(schema, Mapping, "an object, true or false", place).items():
            if keyword in _VALUES:
                plain[keyword] = _sharpened(keyword, value)
            elif not _says_nothing(keyword, value):
                plain[keyword] = self._inner(keyword, value, f"{place}/{keyword}", depth + 1)
        _check_counts(plain, place)
        return plain

    def _inner(self, keyword: str, value: Any, place: str, depth: int) -> Any:
        if keyword in _SCHEMA_MAPS:
            entries = _expect(value, Mapping, "an object", place).items()
            return {name: self.read(entry, f"{place}/{name}", depth) for name, entry in entries}
        if keyword in _SCHEMA_LISTS:
            branches = enumerate(_expect(value, list, "a list", place))
            return [self.read(branch, f"{place}/{i}", depth) for i, branch in branches]
        if keyword in _SCHEMAS:
            return self.read(value, place, depth)
        if keyword == "$ref":
            return self._moved(_expect(value, str, "a text", place), place)
        raise InvalidRequest(f"{place} of the JSON schema is not supported. Leave {keyword} out.")

    def _moved(self, reference: str, place: str) -> str:
        if reference != "#" and not reference.startswith("#/"):
            raise InvalidRequest(f"{place} of the JSON schema is {_shown(reference)}; it must begin with #/.")
        return self._root + reference[1:]


def _sharpened(keyword: str, value: Any) -> Any:
    """The library takes 0 for a number above 0 and below 0.5, and the like; it keeps to the number next to it."""
    if not isinstance(value, int | float) or isinstance(value, bool) or value != round(value):
        return value
    if keyword == "exclusiveMinimum" and value >= 0:
        return math.nextafter(value, math.inf) if value else _CLOSE_TO_ZERO
    if keyword == "exclusiveMaximum" and value <= 0:
        return math.nextafter(value, -math.inf) if value else -_CLOSE_TO_ZERO
    return value


def _says_nothing(keyword: str, value: Any) -> bool:
    is_extension = keyword.startswith("x-") and keyword != "x-guidance"  # that one is the library's own
    return keyword in _ANNOTATIONS or is_extension or (keyword == "uniqueItems" and value is False)


def _check_counts(schema: Mapping[str, Any], place: str) -> None:
    """A name that is not listed may come twice, which counts once."""
    minimum, required = schema.get("minProperties", 0), schema.get("required", ())
    if isinstance(minimum, int | float) and isinstance(required, list | tuple) and minimum > len(required) + 1:
        raise InvalidRequest(
            f"{place}/minProperties of the JSON schema is {minimum}; it must be at most one more than the properties "
            f"under required, which are {len(required)}."
        )


def _expect(value: Any, kind: type, name: str, place: str) -> Any:
    if not isinstance(value, kind):
        raise InvalidRequest(f"{place} of the JSON schema is {_shown(value)}; it must be {name}.")
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
