// For tests: the rules of KCIDB's schema 5.3 for what kipc writes (kcidb-io, kcidb_io/schema/v05_03.py). Nothing that
// is not listed here may be written, though KCIDB knows more.
#pragma once

namespace kipc {

constexpr const char* kKcidbRules = R"({
  "type": "object",
  "properties": {
    "version": {"type": "object", "properties": {"major": {"const": 5}, "minor": {"type": "integer", "minimum": 0, "maximum": 3}},
                "required": ["major"], "additionalProperties": false},
    "checkouts": {"type": "array", "items": {"type": "object", "properties": {
      "id": {"$ref": "#/$defs/id"}, "origin": {"$ref": "#/$defs/origin"}, "comment": {"type": "string"}},
      "required": ["id", "origin"], "additionalProperties": false}},
    "builds": {"type": "array", "items": {"type": "object", "properties": {
      "id": {"$ref": "#/$defs/id"}, "origin": {"$ref": "#/$defs/origin"}, "checkout_id": {"$ref": "#/$defs/id"},
      "comment": {"type": "string"}, "architecture": {"type": "string", "pattern": "^[a-z0-9_]*$"},
      "config_name": {"type": "string"}, "status": {"$ref": "#/$defs/status"}},
      "required": ["checkout_id", "id", "origin"], "additionalProperties": false}},
    "tests": {"type": "array", "items": {"type": "object", "properties": {
      "id": {"$ref": "#/$defs/id"}, "origin": {"$ref": "#/$defs/origin"}, "build_id": {"$ref": "#/$defs/id"},
      "environment": {"type": "object", "properties": {"comment": {"type": "string"}}, "additionalProperties": false},
      "path": {"type": "string", "pattern": "^([a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)*)?$"}, "comment": {"type": "string"},
      "log_excerpt": {"type": "string", "maxLength": 16384}, "status": {"$ref": "#/$defs/status"},
      "start_time": {"type": "string", "format": "date-time", "pattern": "^[0-9-]{10}T[0-9:]{8}(Z|[+-][0-9:]+)$"},
      "duration": {"type": "number"}, "misc": {"type": "object"}},
      "required": ["build_id", "id", "origin"], "additionalProperties": false}},
    "issues": {"type": "array", "items": {"type": "object", "properties": {
      "id": {"$ref": "#/$defs/id"}, "version": {"type": "integer", "minimum": 0}, "origin": {"$ref": "#/$defs/origin"},
      "report_subject": {"type": "string"}, "comment": {"type": "string"},
      "culprit": {"type": "object", "additionalProperties": {"type": "boolean"}}},
      "required": ["id", "version", "origin"], "additionalProperties": false}},
    "incidents": {"type": "array", "items": {"type": "object", "properties": {
      "id": {"$ref": "#/$defs/id"}, "origin": {"$ref": "#/$defs/origin"}, "issue_id": {"$ref": "#/$defs/id"},
      "issue_version": {"type": "integer", "minimum": 0}, "test_id": {"$ref": "#/$defs/id"}, "present": {"type": "boolean"}},
      "required": ["id", "origin", "issue_id", "issue_version"], "additionalProperties": false}}
  },
  "required": ["version"], "additionalProperties": false,
  "$defs": {
    "id": {"type": "string", "pattern": "^[a-z0-9_]+:.+$"},
    "origin": {"type": "string", "pattern": "^[a-z0-9_]+$"},
    "status": {"enum": ["FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP"]}
  }
})";

}  // namespace kipc
