"""The Markdown summary of a matrix: what each platform said, and then what went wrong where."""

STATUSES = ("PASS", "XFAIL", "DONE", "SKIP", "FAIL", "XPASS", "ERROR", "MISS")
WRONG = ("FAIL", "XPASS", "ERROR")
LONGEST = 160  # characters of a reason


def markdown(rows):
    """rows are (Result, report or None, the line its run printed at its end)."""
    head = ["platform", "kernel", "ended", *STATUSES]
    lines = ["# kipc on many platforms", "", table_row(head), table_row(["---"] * len(head))]
    lines += [table_row(platform_cells(*row)) for row in rows]
    return "\n".join(lines + wrong(rows) + missed(rows)) + "\n"


def platform_cells(result, report, _):
    if report is None:
        return [result.platform.title, "", "no report", *[""] * len(STATUSES)]
    counts = count(report)
    kernel = report.get("platform", {}).get("kernel_release", "")
    ended = "complete" if report.get("complete") else "cut short"
    return [result.platform.title, kernel, ended, *[str(counts.get(status, "")) for status in STATUSES]]


def count(report):
    counts = {}
    for variant in report["variants"]:
        counts[variant["status"]] = counts.get(variant["status"], 0) + 1
    return counts


def wrong(rows):
    """What failed, and where; platforms that came to no end first."""
    cut = [(result, said) for result, report, said in rows if report is None or not report.get("complete")]
    lines = [f"- {result.platform.title} did not come to its end: {said or 'nothing was said'}" for result, said in cut]
    where = grouped(rows, WRONG, lambda variant: (variant["status"], variant["variant"], variant.get("reason", "")))
    if not lines and not where:
        return ["", "Nothing failed."]
    lines = ["", "## What went wrong", "", *lines]
    if where:
        lines += ["", table_row(["status", "variant", "where", "what"]), table_row(["---"] * 4)]
    for (status, variant, reason), platforms in sorted(where.items()):
        lines.append(table_row([status, f"`{variant}`", ", ".join(platforms), reason[:LONGEST]]))
    return lines


def missed(rows):
    """What could not be run, by its reason."""
    where = grouped(rows, ("MISS",), lambda variant: variant.get("reason", ""))
    if not where:
        return []
    lines = ["", "## What could not be run", "", table_row(["why", "variants"]), table_row(["---"] * 2)]
    for reason, platforms in sorted(where.items(), key=lambda item: -len(item[1])):
        counts = ", ".join(f"{platforms.count(name)} on {name}" for name in dict.fromkeys(platforms))
        lines.append(table_row([reason[:LONGEST], counts]))
    return lines


def grouped(rows, statuses, what):
    """{what(variant): [the platforms, one for each such variant]} of the variants with these statuses."""
    where = {}
    for result, report, _ in rows:
        for variant in report["variants"] if report else []:
            if variant["status"] in statuses:
                where.setdefault(what(variant), []).append(result.platform.title)
    return where


def table_row(cells):
    safe = (cell.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(safe)} |"
