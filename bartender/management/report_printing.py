"""X and Z reports as plain text, as wide as a receipt printer's paper."""

from bartender.services.business_days import BusinessDayReport
from bartender.services.report_rows import report_sections
from maya_site.core.venue import format_wall_time

LINE_WIDTH = 46


def format_report(report: BusinessDayReport) -> str:
    closed_at = format_wall_time(report.created_at, "Y-m-d H:i T")
    until = f"closed {closed_at} by {report.closed_by}" if report.number else "so far"
    lines = [f"{report.name}, {report.date:%A, %Y-%m-%d}", until]
    if report.left_open:
        lines += [f"left open: {report.left_open}", f"because: {report.reason}"]
    for title, rows in report_sections(report.figures):
        lines += ["", title, "-" * LINE_WIDTH]
        lines += [f"{row.words:<{LINE_WIDTH - max(14, len(row.amount))}}{row.amount:>14}" for row in rows]
    return "\n".join(lines)
