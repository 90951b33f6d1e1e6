"""What a run leaves behind in its folder."""
import json


def write_report(folder):
    """Makes report.json of the lines that came; returns the counts by status, None without a report."""
    path = folder / "report.jsonl"
    if path.stat().st_size == 0:
        path.unlink()
        (folder / "report.json").unlink(missing_ok=True)
        return None
    report, variants = {}, []
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        row = json.loads(line)
        kind = row.pop("type")
        if kind == "variant":
            variants.append(row)
        else:
            report.update(row)
    counts = {}
    for variant in variants:
        counts[variant["status"]] = counts.get(variant["status"], 0) + 1
    variants.sort(key=lambda variant: (variant["variant"], variant["repetition"]))
    for name, value in (("complete", False), ("duration_ns", 0), ("counts", {})):  # of a run that was cut short
        report.setdefault(name, value)
    report["variants"] = variants  # last: what the file is stands in front of them
    with open(folder / "report.json", "w", encoding="utf-8") as file:
        json.dump(report, file, ensure_ascii=False)
        file.write("\n")
    return counts


def ended(folder):
    """Whether the lines that came have their end: all that was selected ran, or kipc itself was told to stop."""
    lines = (folder / "report.jsonl").read_bytes().rstrip(b"\n").rsplit(b"\n", 1)
    return lines[-1].startswith(b'{"type":"end"')
