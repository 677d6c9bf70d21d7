"""Numbers to text: tables for a terminal of 80 columns, or as Markdown."""

import dataclasses

NOT_MEASURED = "-"
NOT_HERE = "not here"


@dataclasses.dataclass
class Table:
    """Cells are text; the first column stands left, the others right. A row of one cell spans the
    columns that follow."""
    title: str
    columns: list
    rows: list
    notes: list = dataclasses.field(default_factory=list)

    def text(self, markdown=False):
        return self._markdown() if markdown else self._plain()

    def _plain(self):
        whole = [row for row in [self.columns, *self.rows] if len(row) == len(self.columns)]
        widths = [max(len(row[i]) for row in whole) for i in range(len(self.columns))]
        lines = [self.title]
        for row in [self.columns, *self.rows]:
            cells = [cell.ljust(width) if i == 0 else cell.rjust(width)
                     for i, (cell, width) in enumerate(zip(row, widths))]
            lines.append(("  " + "  ".join(cells)).rstrip())
        return "\n".join(lines + [f"  {note}" for note in self.notes])

    def _markdown(self):
        def line(cells):
            return "| " + " | ".join(cells) + " |"
        whole = [row + [""] * (len(self.columns) - len(row)) for row in self.rows]
        rule = ["---"] + ["---:"] * (len(self.columns) - 1)
        lines = [f"**{self.title}**", "", line(self.columns), line(rule), *map(line, whole)]
        return "\n".join(lines + [""] + self.notes if self.notes else lines)


@dataclasses.dataclass
class Result:
    """What a section measured: for JSON, and for people."""
    data: dict
    tables: list


def seconds(value):
    return NOT_MEASURED if value is None else f"{value:.3f}"


def percent(value):
    """Of an overhead, 1 being +100%; from ten times on as a multiple."""
    if value is None:
        return NOT_MEASURED
    return f"+{value:.0f}x" if value >= 9.995 else f"{100 * value:+.0f}%"


def ratio(part, whole):
    """part / whole as a fraction of one: what is cheaper by five times is 1/5."""
    if part is None or whole is None or whole <= 0:
        return NOT_MEASURED
    if part <= 0:
        return "0"
    return f"1/{whole / part:.1f}" if part <= whole else f"{part / whole:.1f}"


def times(whole, part):
    """How many times as fast what takes `part` is."""
    if part is None or whole is None or part <= 0:
        return NOT_MEASURED
    return f"{whole / part:.1f}x"


def number(value, digits=0):
    return NOT_MEASURED if value is None else f"{value:,.{digits}f}"
