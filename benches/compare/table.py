"""What was measured, as a table: medians, processor time, and how ours compares with the goals."""

import dataclasses
import statistics


@dataclasses.dataclass
class Figure:
    """One measurement of one contender."""

    value: float
    cpu: float = None  # processor seconds for 1,000 operations


@dataclasses.dataclass
class Row:
    """A line of the table: what was done, in what unit, and how far ahead ours should be of whom."""

    name: str
    unit: str
    more_is_better: bool
    goal: dict = dataclasses.field(default_factory=dict)  # contender -> how many times better
    cpu_goal: float = None  # how many times less processor time than the best of the others
    bound: float = None  # or a figure of its own that ours must keep
    figures: dict = dataclasses.field(default_factory=dict)  # contender -> figures of each round

    def add(self, contender, value, cpu=None):
        self.figures.setdefault(contender, []).append(Figure(value, cpu))

    def median(self, contender):
        figures = self.figures[contender]
        cpus = [figure.cpu for figure in figures if figure.cpu is not None]
        return Figure(statistics.median(figure.value for figure in figures), statistics.median(cpus) if cpus else None)

    def ratio(self, contender):
        """How many times better ours is."""
        ours, other = self.median("ours").value, self.median(contender).value
        better, worse = (ours, other) if self.more_is_better else (other, ours)
        return better / worse if worse else float("inf")

    def judged(self):
        """Each goal: what was reached, what was wanted, whether that is met."""
        for contender, wanted in self.goal.items():
            if contender in self.figures:
                reached = self.ratio(contender)
                yield f"{reached:.1f}x {contender} (goal {wanted:g}x)", reached >= wanted
        if self.cpu_goal:
            others = [self.median(name).cpu for name in self.figures if name != "ours"]
            ours, other = self.median("ours").cpu, min(filter(None, others), default=0)
            if ours and other:
                yield f"{other / ours:.1f}x less CPU (goal {self.cpu_goal:g}x)", other / ours >= self.cpu_goal
        if self.bound is not None:
            ours = self.median("ours").value
            yield f"{number(ours)} {self.unit} (goal {number(self.bound)})", \
                ours >= self.bound if self.more_is_better else ours <= self.bound

    def lines(self):
        cells = []
        for contender in self.figures:
            figure = self.median(contender)
            cpu = f" ({figure.cpu:.3f})" if figure.cpu is not None else ""
            cells.append(f"{contender} {number(figure.value)}{cpu}")
        yield f"{self.name} [{self.unit}]: " + ", ".join(cells)
        for text, met in self.judged():
            yield f"    {'met  ' if met else 'SHORT'} {text}"


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def whole(rows):
    """The table in Markdown, for the end."""
    yield "| load | ours | the others | ratios |"
    yield "|---|---|---|---|"
    for row in rows:
        def cell(contender, named=True):
            figure = row.median(contender)
            cpu = f", {figure.cpu:.3f} CPU s per 1,000" if figure.cpu is not None else ""
            return (f"{contender} " if named else "") + f"{number(figure.value)}{cpu}"
        others = "; ".join(cell(contender) for contender in row.figures if contender != "ours")
        judged = "; ".join(f"{'' if met else '**short** '}{text}" for text, met in row.judged())
        yield f"| {row.name}, {row.unit} | {cell('ours', False) if 'ours' in row.figures else ''} | {others} | {judged} |"
