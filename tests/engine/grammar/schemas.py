"""JSON schemas for tests: written by hand for every kind of demand, and made at random from a seed."""

import random
from typing import Any

Schema = dict[str, Any]

KEYS = [
    "id",
    "name",
    "value",
    "größe",
    "名称",
    "a b",
    'qu"ote',
    "back\\slash",
    "x/y",
    "ключ",
    "😀",
    "n~1",
    "$ref",
    "%41",
]
WORDS = ["yes", "no", "α-helix", "水", 'say "hi"', "tab\there", "", "C:\\temp", "naïve", "🧪", "null", "1"]
PATTERNS = [
    "^[A-Z]{2}-[0-9]{3}$",
    "^(foo|bar)+$",
    "[0-9]{2}:[0-9]{2}",
    "^[a-fA-F0-9]{8}$",
    "^[äöü]{1,4}$",
    "^\\S{1,8}$",
]

POINT = {
    "type": "object",
    "properties": {"x": {"type": "number"}, "y": {"type": "number"}},
    "required": ["x", "y"],
    "additionalProperties": False,
}

HAND_WRITTEN: dict[str, Schema | bool] = {
    "anything": {"type": ["null", "boolean", "integer", "string"], "maxLength": 20},
    "null": {"type": "null"},
    "boolean": {"type": "boolean"},
    "const object": {"const": {"a": [1, {"b": "é"}], "c": None}},
    "enum of all kinds": {"enum": [1, "a", None, {"x": [1, 2]}, 1.5, [], True]},
    "enum of odd texts": {"enum": WORDS},
    "integer from 3 to 17": {"type": "integer", "minimum": 3, "maximum": 17},
    "integer around zero": {"type": "integer", "exclusiveMinimum": -12, "exclusiveMaximum": 1},
    "integer of many digits": {"type": "integer", "minimum": 999_999, "maximum": 10**15},
    "fractional bounds of an integer": {"type": "integer", "minimum": 0.5, "maximum": 3.5},
    "number between fractions": {"type": "number", "minimum": -1.25, "exclusiveMaximum": 2.375},
    "small number": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.001},
    "number from below": {"type": "number", "maximum": -10},
    "multiple of seven": {"type": "integer", "multipleOf": 7, "minimum": 0},
    "multiple of a half": {"type": "number", "multipleOf": 0.5, "minimum": -4, "maximum": 4},
    "text of 3 to 5": {"type": "string", "minLength": 3, "maxLength": 5},
    "empty text": {"type": "string", "maxLength": 0},
    "pattern of a part": {"type": "string", "pattern": "a[0-9]b", "maxLength": 12},
    "pattern and length": {"type": "string", "pattern": "^[ab]*$", "minLength": 4, "maxLength": 6},
    "alternatives of a pattern": {"type": "string", "pattern": "^(red|green|blue)$"},
    "date": {"type": "string", "format": "date"},
    "uuid": {"type": "string", "format": "uuid"},
    "ipv4": {"type": "string", "format": "ipv4"},
    "array of 2 to 3": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3},
    "empty array": {"type": "array", "maxItems": 0},
    "tuple": {
        "type": "array",
        "prefixItems": [{"type": "boolean"}, {"enum": ["m", "s"]}],
        "items": False,
        "minItems": 2,
    },
    "tuple with more": {
        "type": "array",
        "prefixItems": [{"type": "integer"}],
        "items": {"type": "null"},
        "minItems": 1,
        "maxItems": 3,
    },
    "array of arrays": {
        "type": "array",
        "items": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
        "minItems": 1,
        "maxItems": 3,
    },
    "point": POINT,
    "optional properties": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}, "c": {"enum": ["x"]}},
        "additionalProperties": False,
    },
    "required after optional": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}, "c": {"enum": ["x"]}},
        "required": ["c", "a"],
        "additionalProperties": False,
    },
    "required but not described": {"type": "object", "required": ["sum"], "additionalProperties": {"type": "integer"}},
    "odd names": {
        "type": "object",
        "properties": {key: {"type": "integer", "maximum": 9, "minimum": 0} for key in KEYS},
        "required": KEYS,
        "additionalProperties": False,
    },
    "map of numbers": {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2},
    "map with at least one": {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1},
    "names by pattern": {
        "type": "object",
        "patternProperties": {"^n_[a-z]{1,3}$": {"type": "integer"}, "^t_[a-z]{1,3}$": {"type": "boolean"}},
        "additionalProperties": False,
        "maxProperties": 3,
    },
    "nested four deep": {
        "type": "object",
        "properties": {
            "a": {
                "type": "object",
                "properties": {"b": {"type": "array", "items": POINT, "minItems": 1, "maxItems": 2}},
                "required": ["b"],
                "additionalProperties": False,
            }
        },
        "required": ["a"],
        "additionalProperties": False,
    },
    "any of kinds": {
        "anyOf": [{"type": "string", "maxLength": 4}, {"type": "null"}, {"type": "integer", "minimum": 0}]
    },
    "any of objects": {
        "anyOf": [
            {
                "type": "object",
                "properties": {"kind": {"const": k}, "v": v},
                "required": ["kind", "v"],
                "additionalProperties": False,
            }
            for k, v in (("circle", {"type": "number"}), ("square", {"type": "boolean"}))
        ]
    },
    "one of kinds": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
    "one of objects": {
        "oneOf": [
            {
                "type": "object",
                "properties": {"t": {"const": "a"}, "x": {"type": "integer"}},
                "required": ["t", "x"],
                "additionalProperties": False,
            },
            {"type": "object", "properties": {"t": {"const": "b"}}, "required": ["t"], "additionalProperties": False},
        ]
    },
    "all of two": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"properties": {"b": {"type": "boolean"}}, "required": ["b"], "maxProperties": 2},
        ]
    },
    "all of bounds": {"allOf": [{"type": "integer", "minimum": 5}, {"maximum": 8}]},
    "beside a reference": {
        "$defs": {"n": {"type": "integer", "minimum": 0}},
        "type": "object",
        "properties": {"n": {"$ref": "#/$defs/n", "maximum": 5}},
        "required": ["n"],
        "additionalProperties": False,
    },
    "reference with odd names": {
        "$defs": {"a/b": {"type": "boolean"}, "c~d": {"type": "null"}, "e%f": {"enum": [7]}},
        "type": "array",
        "prefixItems": [{"$ref": "#/$defs/a~1b"}, {"$ref": "#/$defs/c~0d"}, {"$ref": "#/$defs/e%25f"}],
        "items": False,
        "minItems": 3,
    },
    "reference to a property": {
        "type": "object",
        "properties": {"a": {"enum": ["p", "q"]}, "b": {"$ref": "#/properties/a"}},
        "required": ["a", "b"],
        "additionalProperties": False,
    },
    "definitions of old": {
        "definitions": {"f": {"type": "boolean"}},
        "type": "array",
        "items": {"$ref": "#/definitions/f"},
        "minItems": 1,
        "maxItems": 2,
    },
    "list that holds itself": {
        "type": "object",
        "properties": {"v": {"type": "integer"}, "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
        "required": ["v", "next"],
        "additionalProperties": False,
    },
    "tree": {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "leaf": {"type": "boolean"},
                    "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 2},
                },
                "required": ["leaf"],
                "additionalProperties": False,
            }
        },
        "$ref": "#/$defs/node",
    },
    "remarks": {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://example.org/thing",
        "title": "Thing",
        "description": "A thing.",
        "type": "object",
        "properties": {"a": {"type": "integer", "default": 3, "examples": [1], "x-unit": "m", "deprecated": False}},
        "required": ["a"],
        "additionalProperties": False,
    },
    "items that may repeat": {"type": "array", "items": {"type": "boolean"}, "uniqueItems": False, "maxItems": 3},
}


def made_schema(seed: int) -> Schema:
    """The same for the same seed."""
    return _Maker(random.Random(seed)).schema(depth=0)


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def schema(self, depth: int) -> Schema:
        chance = self._chance
        makers = [self.object] * 4 + [self.array] * 2 + [self.union, self.referring] if depth < 3 else []
        if depth > 0:
            makers += [self.integer, self.number, self.text, self.choice, self.simple]
        return chance.choice(makers)(depth)

    def object(self, depth: int) -> Schema:
        chance = self._chance
        keys = chance.sample(KEYS, chance.randint(0, 4))
        properties = {key: self.schema(depth + 1) for key in keys}
        schema: Schema = {"type": "object", "properties": properties}
        if chance.random() < 0.8:
            schema["required"] = [key for key in keys if chance.random() < 0.6]
        if chance.random() < 0.85:
            schema["additionalProperties"] = False
        elif chance.random() < 0.7:
            schema["additionalProperties"] = self.schema(depth + 2)
        if chance.random() < 0.1 and len(schema.get("required", ())) == len(keys):
            schema["maxProperties"] = len(keys) + chance.randint(0, 2)
        return self._shuffled(schema)

    def array(self, depth: int) -> Schema:
        chance = self._chance
        schema: Schema = {"type": "array", "items": self.schema(depth + 1), "maxItems": chance.randint(1, 3)}
        if chance.random() < 0.3:
            schema["prefixItems"] = [self.schema(depth + 1) for _ in range(chance.randint(1, 2))]
        if chance.random() < 0.6:
            schema["minItems"] = chance.randint(0, schema["maxItems"])
        return self._shuffled(schema)

    def union(self, depth: int) -> Schema:
        return {"anyOf": [self.schema(depth + 1) for _ in range(self._chance.randint(2, 3))]}

    def referring(self, depth: int) -> Schema:
        """Only at the top, so that #/$defs is where it looks."""
        if depth > 0:
            return self.object(depth)
        body = self.object(depth)
        body["$defs"] = {"part": self.schema(depth + 2)}
        body["properties"] |= {
            "part": {"$ref": "#/$defs/part"},
            "parts": {"type": "array", "items": {"$ref": "#/$defs/part"}, "maxItems": 2},
        }
        body["required"] = [*body.get("required", ()), "part"]
        body.pop("maxProperties", None)
        return body

    def integer(self, depth: int) -> Schema:
        return {"type": "integer"} | self._bounds(lambda: self._chance.randint(-1000, 1000))

    def number(self, depth: int) -> Schema:
        return {"type": "number"} | self._bounds(lambda: self._chance.randint(-80_000, 80_000) / 8)

    def text(self, depth: int) -> Schema:
        chance = self._chance
        if chance.random() < 0.4:
            return {"type": "string", "pattern": chance.choice(PATTERNS), "maxLength": 40}
        least = chance.randint(0, 6)
        return {"type": "string", "minLength": least, "maxLength": least + chance.randint(0, 12)}

    def choice(self, depth: int) -> Schema:
        chance = self._chance
        values: list[Any] = [*chance.sample(WORDS, 3), chance.randint(-5, 5), None, [1, "ü"], {"k": [True]}]
        if chance.random() < 0.3:
            return {"const": chance.choice(values)}
        return {"enum": chance.sample(values, chance.randint(1, 4))}

    def simple(self, depth: int) -> Schema:
        return {"type": self._chance.choice(["boolean", "null", ["boolean", "null"], ["integer", "null"]])}

    def _bounds(self, value: Any) -> Schema:
        chance = self._chance
        low, high = sorted((value(), value()))
        high += 2
        bounds: Schema = {}
        if chance.random() < 0.7:
            bounds[chance.choice(["minimum", "exclusiveMinimum"])] = low
        if chance.random() < 0.7:
            bounds[chance.choice(["maximum", "exclusiveMaximum"])] = high
        return bounds

    def _shuffled(self, schema: Schema) -> Schema:
        """Keywords mean the same in any order."""
        keywords = list(schema)
        self._chance.shuffle(keywords)
        return {keyword: schema[keyword] for keyword in keywords}
