#include "report/costs_json.hpp"

namespace kipc {

using nlohmann::ordered_json;

ordered_json costs_to_json(const Costs& costs) {
  ordered_json out = {{"figures", ordered_json::object()}};
  for (const FigureRow& row : figures())
    if (const std::int64_t total = costs.of(row.figure); total != 0) out["figures"][std::string(row.name)] = total;
  for (const CallCost& call : costs.calls) {
    ordered_json one = {{"call", call.call}, {"count", call.count}};
    if (call.errors != 0) one["errors"] = call.errors;
    if (call.bytes != 0) one["bytes"] = call.bytes;
    if (call.ns != 0) one["ns"] = call.ns;
    out["calls"].push_back(std::move(one));
  }
  return out;
}

Costs costs_from(Fields& fields) {
  Costs costs;
  costs.total =
      read_object(fields.need("figures", Node::Kind::object, "totals by figure"), fields.file(), [](Fields& totals) {
        std::array<std::int64_t, kFigures> total{};
        for (const FigureRow& row : figures())
          total[static_cast<std::size_t>(row.figure)] = totals.integer_or(row.name, 0);
        return total;
      });
  costs.calls = fields.list("calls", [](Fields& one) {
    return CallCost{one.text("call"), one.integer("count"), one.integer_or("errors", 0), one.integer_or("bytes", 0),
                    one.integer_or("ns", 0)};
  });
  return costs;
}

ordered_json measured_to_json(const MeasuredCost& measured) {
  ordered_json out = {{"what", measured.what}, {"per", measured.per}};
  out.update(costs_to_json(measured.costs));
  return out;
}

MeasuredCost measured_from(Fields& fields) {
  MeasuredCost measured{fields.text("what"), fields.integer("per"), {}};
  if (measured.per < 1) fields.wrong(*fields.find("per"), "a number from 1");
  measured.costs = costs_from(fields);
  return measured;
}

ordered_json record_to_json(const CostRecord& record) {
  ordered_json out = {{"step", record.step}, {"actor", record.actor}};
  out.update(costs_to_json(record.costs));
  return out;
}

CostRecord record_from(Fields& fields) {
  return CostRecord{static_cast<int>(fields.integer("step")), static_cast<int>(fields.integer("actor")),
                    costs_from(fields)};
}

ordered_json probes_to_json(const Provenances& probes) {
  ordered_json out = ordered_json::object();
  for (const FigureRow& row : figures()) {
    const Provenance& one = probes[static_cast<std::size_t>(row.figure)];
    if (!one.how.empty())
      out[std::string(row.name)] = {{"how", one.how}};
    else if (!one.missing.empty())
      out[std::string(row.name)] = {{"missing", one.missing}, {"enable", one.enable}};
  }
  return out;
}

Provenances probes_from(const Node& item, const std::string& file) {
  Provenances probes;
  Fields fields(item, file);
  for (const FigureRow& row : figures()) {
    const Node* found = fields.find(row.name);
    if (found == nullptr) continue;
    probes[static_cast<std::size_t>(row.figure)] = read_object(*found, file, [](Fields& one) {
      return Provenance{one.optional_text("how"), one.optional_text("missing"), one.optional_text("enable")};
    });
  }
  fields.finish();
  return probes;
}

}  // namespace kipc
