"""What ``wattpact evaluate`` prints for people."""

from rich.table import Table

from learning.judging.measures import Estimate
from scenarios.policies.evaluate import Evaluation
from scenarios.policies.evaluate_loans import LoanEvaluation, against
from scenarios.policies.judge import Standing
from scenarios.policies.judge_loans import AGAINST
from scripts._console import printer


def print_evaluation(result: Evaluation) -> None:
    """Print who earns what in the seat, and what best responses earn against it."""
    console, found = printer(), result.judgement
    table = Table(
        title=f"Tokens a day in the seat, {found.days:,} days that no training saw", title_justify="left"
    )
    for heading in ("decides", "gain", "95 %", "policy ahead by", "95 % of it", "violations"):
        table.add_column(heading, justify="left" if heading == "decides" else "right", no_wrap=True)
    for each in (found.policy, found.single, *found.scripted):
        table.add_row(*_cells(each))
    console.print(table)
    ip, rp, dl, cr, amount = found.psi
    console.print(f"best single ψ: ip {ip:g}, rp {rp:g}, dl {dl:g}, cr {cr:g}, amount {amount:g}")
    console.print(f"best ψ of each day in hindsight: {_number(found.hindsight)}")
    same = "the same on every day" if found.equal else "[red]not the same[/]"
    console.print(f"compiled park and market day: {same}")
    if result.responses:
        attacks = Table(title="What a freshly trained responder earns, tokens a day", title_justify="left")
        for heading in ("holds the seat", "responder earns", "95 %", "trainings", "decisions each"):
            attacks.add_column(heading, justify="left" if heading == "holds the seat" else "right")
        for response in result.responses:
            attacks.add_row(
                response.holder,
                _number(response.gain),
                _interval(response.gain),
                str(response.seeds),
                f"{response.steps:,}",
            )
        console.print(attacks)
        console.print("a lower bound of what can be had: longer trainings may find more")
    for path in result.pictures:
        console.print(f"picture: {path}")


def print_loans(result: LoanEvaluation) -> None:
    """Print what a home gains in sessions about loans, by who decides for it."""
    console, found = printer(), result.judgement
    for kind, said in zip(
        AGAINST, ("against the homes of those days", "against drawn strategies"), strict=True
    ):
        table = Table(
            title=f"Gain over no deal, {found.sessions:,} sessions of {found.days} days that no training saw, {said}",
            title_justify="left",
        )
        for heading in ("decides", "gain", "of the best", "95 %", "policy ahead by", "95 % of it", "agreed"):
            table.add_column(heading, justify="left" if heading == "decides" else "right", no_wrap=True)
        for heading in ("offers", "violations"):
            table.add_column(heading, justify="right", no_wrap=True)
        for each in against(found, kind):
            table.add_row(
                each.name,
                "" if each.gain.mean is None else f"{each.gain.mean:.4f}",
                _percent(each.share),
                _percents(each.share),
                _percent(each.ahead),
                _percents(each.ahead),
                f"{100 * each.agreed:.0f} %",
                f"{each.rounds:.0f}",
                str(each.violations),
            )
        console.print(table)
    for path in result.pictures:
        console.print(f"picture: {path}")


def _percent(estimate: Estimate) -> str:
    return "" if estimate.mean is None else f"{100 * estimate.mean:.1f} %"


def _percents(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f}"


def _cells(each: Standing) -> tuple[str, ...]:
    broken = "" if each.violations is None else str(each.violations)
    return (
        each.name,
        _number(each.gain),
        _interval(each.gain),
        _number(each.ahead),
        _interval(each.ahead),
        broken,
    )


def _number(estimate: Estimate) -> str:
    return "" if estimate.mean is None else f"{estimate.mean:,.0f}"


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:,.0f} to {estimate.high:,.0f}"
