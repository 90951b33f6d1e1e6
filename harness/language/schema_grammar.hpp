// What the schema of a case does not take from a table: the shape of a case and its steps. Empty lists in it are filled
// in by schema.cpp.
#pragma once

namespace kipc {

/// What does not come from a table. A whole string "$name" may stand for any value, so whatever is not open to any
/// string anyway also accepts #/$defs/parameter.
inline constexpr const char* kCaseGrammar = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "A case of kipc",
  "description": "An expected trace, read from top to bottom: see docs/language.md, and docs/calls.md for the calls.",
  "$comment": "Generated from the call table by `kipc schema`; do not edit.",
  "type": "object",
  "properties": {
    "$schema": {"type": "string"},
    "id": {"description": "folder.object.what", "type": "string", "pattern": "^[a-z0-9-]+(\\.[a-z0-9-]+)+$"},
    "title": {"description": "One sentence: what holds.", "type": "string"},
    "why": {"description": "Shown with a failure.", "type": "string"},
    "asserts": {"description": "Ids of the assertions that this case verifies.", "type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true},
    "requires": {"description": "What the platform must have; what it lacks makes a SKIP.", "type": "array", "items": {"$ref": "#/$defs/requirement"}},
    "actors": {"description": "Processes that have nothing in common. Left out: the first \"as\" is the only one.", "type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/$defs/actor"}},
    "parameters": {"description": "An object: the cross product of its arrays. A list of such objects: all their rows.", "anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}, "minItems": 1}]},
    "sandbox": {"$ref": "#/$defs/sandbox"},
    "script": {"description": "The expected trace.", "type": "array", "items": {"$ref": "#/$defs/step"}},
    "check": {"description": "Checkers over what ran in \"concurrently\".", "type": "array", "items": {"$ref": "#/$defs/check"}}
  },
  "required": ["id", "title", "asserts", "script"],
  "additionalProperties": false,
  "$defs": {
    "parameter": {"description": "The value of a parameter.", "type": "string", "pattern": "^\\$.+"},
    "integer": {"description": "An integer, or a C expression.", "type": ["integer", "string", "boolean"]},
    "matcher": {"description": "What an integer must be: 5, \"size\", \">= 0\", \"!= key\", \"1..PIPE_BUF\", or a list of such.", "anyOf": [{"$ref": "#/$defs/integer"}, {"type": "array", "items": {"$ref": "#/$defs/matcher"}, "minItems": 1}]},
    "measureName": {"description": "What is measured, such as \"round trip\".", "type": "string"},
    "measurePer": {"description": "How many of them the block makes.", "$ref": "#/$defs/integer"},
    "handle": {"description": "A bound name (r, r[i], actor.r) or an integer.", "type": ["string", "integer"]},
    "newName": {"description": "A name to bind.", "type": "string", "pattern": "^(\\$.+|[A-Za-z_][A-Za-z0-9_]*(\\[.+\\])?)$"},
    "place": {"description": "A place in memory: mem, mem.field, mem + page_size, null, unmapped.", "type": ["string", "integer"]},
    "text": {"description": "A path or object name; {i} inside is an expression.", "anyOf": [{"type": "string"}, {"$ref": "#/$defs/bytes"}]},
    "bytes": {
      "description": "Bytes that are not written as text.",
      "type": "object",
      "properties": {
        "hex": {"type": "string", "pattern": "^(\\$.+|([0-9A-Fa-f]{2})*)$"},
        "u32": {"$ref": "#/$defs/integer"},
        "u64": {"$ref": "#/$defs/integer"},
        "fill": {"type": "string"},
        "pattern": {"$ref": "#/$defs/integer"},
        "record": {"anyOf": [{"$ref": "#/$defs/parameter"}, {"type": "object", "properties": {"size": {"$ref": "#/$defs/integer"}}, "required": ["size"], "additionalProperties": false}]},
        "at": {"$ref": "#/$defs/place"},
        "length": {"$ref": "#/$defs/integer"}
      },
      "oneOf": [{"required": ["hex"]}, {"required": ["u32"]}, {"required": ["u64"]}, {"required": ["fill", "length"]}, {"required": ["pattern", "length"]}, {"required": ["record"]}, {"required": ["at", "length"]}],
      "additionalProperties": false
    },
    "data": {"description": "Bytes that travel: a text, null, unmapped, or an object.", "anyOf": [{"type": "string"}, {"$ref": "#/$defs/bytes"}]},
    "expectedData": {
      "description": "Bytes that come back: exactly these, or untouched, or in part.",
      "anyOf": [
        {"$ref": "#/$defs/data"},
        {"type": "object", "properties": {"prefix_of": {"$ref": "#/$defs/data"}}, "required": ["prefix_of"], "additionalProperties": false},
        {"type": "object", "properties": {"starts": {"$ref": "#/$defs/data"}}, "required": ["starts"], "additionalProperties": false},
        {"type": "object", "properties": {"ends": {"$ref": "#/$defs/data"}}, "required": ["ends"], "additionalProperties": false}
      ]
    },
    "duration": {"description": "ns, us, ms, s.", "type": "string", "pattern": "^(\\$.+|[+-]?[0-9]+(ns|us|ms|s))$"},
    "timespec": {"type": "object", "properties": {"tv_sec": {"$ref": "#/$defs/integer"}, "tv_nsec": {"$ref": "#/$defs/integer"}}, "required": ["tv_sec"], "additionalProperties": false},
    "absoluteTime": {
      "description": "A moment: {\"after\": \"20ms\"} from now, far (a day), forever, null, unmapped, a time_point, or a raw timespec.",
      "anyOf": [{"type": "string"}, {"type": "object", "properties": {"after": {"$ref": "#/$defs/duration"}}, "required": ["after"], "additionalProperties": false}, {"$ref": "#/$defs/timespec"}]
    },
    "relativeTime": {
      "description": "A time: \"20ms\", far (a day), forever, null, unmapped, a raw timespec; for poll and epoll_wait also milliseconds.",
      "anyOf": [{"$ref": "#/$defs/duration"}, {"enum": ["far", "forever", "null", "unmapped"]}, {"type": "integer"}, {"$ref": "#/$defs/timespec"}]
    },
    "why": {"type": "string"},
    "flag": {"anyOf": [{"type": "boolean"}, {"$ref": "#/$defs/parameter"}]},
    "asserts": {"description": "Those of the case's assertions that this verifies.", "anyOf": [{"$ref": "#/$defs/parameter"}, {"type": "array", "items": {"type": "string"}}]},
    "as": {
      "description": "Who acts: an actor, a member (w[0]), every member of a group (w), or all but one.",
      "anyOf": [
        {"type": "string"},
        {"type": "object", "properties": {"of": {"type": "string"}, "except": {"type": "string"}}, "required": ["of", "except"], "additionalProperties": false}
      ]
    },
    "as.resumes": {"description": "Whose call comes back: as elsewhere, or any one of a group, which is then named.", "anyOf": [{"$ref": "#/$defs/as"}, {"type": "object", "properties": {"any": {"enum": [1]}, "of": {"type": "string"}, "named": {"type": "string"}}, "required": ["any", "of", "named"], "additionalProperties": false}]},
    "when": {"description": "Only if: an expression, or values of parameters and answers to questions.", "anyOf": [{"$ref": "#/$defs/integer"}, {"type": "object"}]},
    "actor": {
      "anyOf": [{"$ref": "#/$defs/parameter"}, {
        "type": "object",
        "properties": {
          "user": {"description": "A name; root is uid 0, others get uids of their own.", "type": "string"},
          "group": {"description": "A name; that of the user when left out.", "type": "string"},
          "cgroup": {"description": "Limits of a control group of its own.", "anyOf": [{"$ref": "#/$defs/parameter"}, {"type": "object", "properties": {"memory.max": {"description": "Bytes.", "$ref": "#/$defs/integer"}, "pids.max": {"description": "Processes and threads, the actor among them.", "$ref": "#/$defs/integer"}}, "additionalProperties": false}]},
          "count": {"description": "How many, at most 256.", "$ref": "#/$defs/integer"},
          "rlimit": {"anyOf": [{"$ref": "#/$defs/parameter"}, {"type": "object", "propertyNames": {"enum": []}, "additionalProperties": {"$ref": "#/$defs/integer"}}]},
          "capabilities": {"description": "Those it keeps, such as CAP_SYS_RESOURCE.", "anyOf": [{"$ref": "#/$defs/parameter"}, {"type": "array", "items": {"anyOf": [{"enum": []}, {"$ref": "#/$defs/parameter"}]}}]}
        },
        "additionalProperties": false
      }]
    },
    "sandbox": {
      "description": "What is set before the actors start, for this variant alone.",
      "type": "object",
      "properties": {
        "sysctl": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
        "mount": {"type": "object", "properties": {"/dev/shm": {"type": "object", "properties": {"size": {"description": "As mount(8) takes it: 1M.", "type": "string"}}, "required": ["size"], "additionalProperties": false}}, "additionalProperties": false},
        "network": {"description": "A loopback interface; AF_INET sockets bring it by themselves.", "$ref": "#/$defs/flag"}
      },
      "additionalProperties": false
    },
    "step": {
      "type": ["object", "string"],
      "pattern": "^\\$.+",
      "if": {"type": "object"},
      "then": {"anyOf": []},
      "allOf": []
    },
    "steps": {"description": "Steps, from top to bottom.", "anyOf": [{"$ref": "#/$defs/parameter"}, {"type": "array", "items": {"$ref": "#/$defs/step"}}]},
    "step.call": {"properties": {"call": {"anyOf": [{"enum": []}, {"$ref": "#/$defs/parameter"}]}}, "allOf": []},
    "step.resumes": {
      "description": "A call that blocked returns now.",
      "properties": {"as": {"$ref": "#/$defs/as.resumes"}, "asserts": {"$ref": "#/$defs/asserts"}, "resumes": {"anyOf": [{"enum": []}, {"$ref": "#/$defs/parameter"}]}, "expect": true, "record": true, "when": {"$ref": "#/$defs/when"}, "why": {"$ref": "#/$defs/why"}},
      "additionalProperties": false,
      "allOf": []
    },
    "step.blocked": {
      "description": "A look: it still sleeps in that call.",
      "properties": {"as": {"$ref": "#/$defs/as"}, "asserts": {"$ref": "#/$defs/asserts"}, "blocked": {"anyOf": [{"enum": []}, {"$ref": "#/$defs/parameter"}]}, "when": {"$ref": "#/$defs/when"}, "why": {"$ref": "#/$defs/why"}},
      "additionalProperties": false
    },
    "step.handled": {
      "description": "Exactly these signals were handled since the last look.",
      "properties": {"as": {"$ref": "#/$defs/as"}, "asserts": {"$ref": "#/$defs/asserts"}, "handled": true, "any_order": {"$ref": "#/$defs/flag"}, "when": {"$ref": "#/$defs/when"}, "why": {"$ref": "#/$defs/why"}},
      "additionalProperties": false
    },
    "step.dies": {
      "description": "The actor ends now, by this signal or by itself.",
      "properties": {"as": {"$ref": "#/$defs/as"}, "asserts": {"$ref": "#/$defs/asserts"}, "dies": {"anyOf": [{"$ref": "#/$defs/integer"}, {"type": "object", "properties": {"exit": {"$ref": "#/$defs/integer"}}, "required": ["exit"], "additionalProperties": false}]}, "when": {"$ref": "#/$defs/when"}, "why": {"$ref": "#/$defs/why"}},
      "additionalProperties": false
    },
    "step.starts": {
      "description": "A thread appears that the platform makes (SIGEV_THREAD).",
      "properties": {"as": {"$ref": "#/$defs/as"}, "asserts": {"$ref": "#/$defs/asserts"}, "starts": {"anyOf": [{"enum": []}, {"$ref": "#/$defs/parameter"}]}, "expect": {"type": "object", "properties": {"sigev_value": {"$ref": "#/$defs/matcher"}}, "additionalProperties": false}, "when": {"$ref": "#/$defs/when"}, "why": {"$ref": "#/$defs/why"}},
      "additionalProperties": false
    },
    "step.fault": {
      "description": "Something done to an actor on purpose.",
      "properties": {
        "fault": {"anyOf": [{"enum": ["continue", "delay", "errno", "fail-nth", "freeze", "kill", "limit", "signal", "stop", "thaw"]}, {"$ref": "#/$defs/parameter"}]},
        "actor": {"$ref": "#/$defs/as"},
        "signal": {"$ref": "#/$defs/integer"},
        "call": {"description": "It waits for this call of the actor.", "type": "string"},
        "nth": {"description": "Which of these calls, counted from here: first[..[last]][+step].", "anyOf": [{"$ref": "#/$defs/parameter"}, {"type": "integer"}, {"type": "string"}]},
        "moment": {"description": "entry: before the call has an effect.", "anyOf": [{"enum": ["entry", "exit"]}, {"$ref": "#/$defs/parameter"}]},
        "where": {"description": "Only with this first argument.", "type": "object"},
        "engine": {"description": "By this means and no other.", "anyOf": [{"enum": ["bpf-errno", "bpf-override", "bpf-signal", "ptrace", "seccomp-errno", "seccomp-notify"]}, {"$ref": "#/$defs/parameter"}]},
        "error": {"description": "errno: what the call returns.", "$ref": "#/$defs/errno"},
        "site": {"description": "fail-nth: which place of the call, from 1, fails.", "$ref": "#/$defs/integer"},
        "lasts": {"description": "delay: how long the call is held.", "type": "string"},
        "offset": {"description": "freeze: how many bytes of the data are copied before.", "$ref": "#/$defs/integer"},
        "cgroup": {"description": "limit: of the actor's control group.", "anyOf": [{"enum": ["memory.max", "pids.max"]}, {"$ref": "#/$defs/parameter"}]},
        "rlimit": {"description": "limit: of the actor.", "type": "string"},
        "sysctl": {"description": "limit: of the sandbox.", "type": "string"},
        "value": {"description": "limit: the new value.", "$ref": "#/$defs/integer"},
        "after": {"description": "In \"concurrently\": after so many calls of that name.", "type": "object", "properties": {"call": {"type": "string"}, "times": {"$ref": "#/$defs/integer"}}, "required": ["call", "times"], "additionalProperties": false},
        "asserts": {"$ref": "#/$defs/asserts"},
        "when": {"$ref": "#/$defs/when"},
        "why": {"$ref": "#/$defs/why"}
      },
      "anyOf": [{"required": ["actor"]}, {"required": ["sysctl"]}],
      "dependentSchemas": {"signal": {"properties": {"fault": {"anyOf": [{"const": "signal"}, {"$ref": "#/$defs/parameter"}]}}}},
      "additionalProperties": false
    },
    "step.steps": {
      "description": "A block: its steps once, repeat N times, until an outcome, or while an expression is true.",
      "properties": {
        "as": {"$ref": "#/$defs/as"},
        "steps": {"$ref": "#/$defs/steps"},
        "repeat": {"$ref": "#/$defs/integer"},
        "until": {"description": "The outcome of the last step that ends the loop.", "anyOf": [{"$ref": "#/$defs/parameter"}, {"type": "object"}]},
        "at_most": {"description": "With until: its outcome comes within so many rounds.", "$ref": "#/$defs/integer"},
        "while": {"$ref": "#/$defs/integer"},
        "counter": {"description": "Names the round; afterwards holds how many there were.", "$ref": "#/$defs/newName"},
        "in_turn": {"description": "Member by member, in whatever order they get their turn.", "$ref": "#/$defs/flag"},
        "measure": {"$ref": "#/$defs/measureName"},
        "per": {"$ref": "#/$defs/measurePer"},
        "expect": {"$ref": "#/$defs/measureCosts"},
        "asserts": {"$ref": "#/$defs/asserts"},
        "when": {"$ref": "#/$defs/when"},
        "why": {"$ref": "#/$defs/why"}
      },
      "dependentRequired": {"measure": ["expect"], "per": ["measure"], "expect": ["measure"]},
      "dependentSchemas": {
        "repeat": {"properties": {"until": false, "while": false, "in_turn": false}},
        "until": {"properties": {"while": false, "in_turn": false}},
        "at_most": {"required": ["until"]},
        "while": {"properties": {"in_turn": false}},
        "counter": {"anyOf": [{"required": ["repeat"]}, {"required": ["until"]}, {"required": ["while"]}]}
      },
      "additionalProperties": false
    },
    "step.concurrently": {
      "description": "Blocks and faults that run freely together.",
      "properties": {
        "concurrently": {"$ref": "#/$defs/steps"},
        "measure": {"$ref": "#/$defs/measureName"},
        "per": {"$ref": "#/$defs/measurePer"},
        "expect": {"$ref": "#/$defs/measureCosts"},
        "timed": {"description": "What kipc measure takes the time of.", "enum": ["one way", "round trip"]},
        "asserts": {"$ref": "#/$defs/asserts"},
        "when": {"$ref": "#/$defs/when"},
        "why": {"$ref": "#/$defs/why"}
      },
      "dependentRequired": {"measure": ["expect"], "per": ["measure"], "expect": ["measure"]},
      "additionalProperties": false
    }
  }
})json";

}  // namespace kipc
