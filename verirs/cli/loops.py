"""``verirs demo``, ``iterate`` and ``rm train``: what needs a trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from verirs.cli.base import Debug, Flag, On, Trust, app, console, keep_flat, placed_on, reading, say
from verirs.system.terminal import pasted

rm = App(name="rm", help="Reward models from the verdicts of finished runs.", help_format="plaintext")
app.command(rm)


@app.command
def demo(
    *,
    rounds: int | None = None,
    n: Annotated[int, Parameter(name=["--n", "-n"])] = 16,
    seed: int = 0,
    model: Literal["embedded", "smollm2"] = "embedded",
    out: Path | None = None,
    control: bool = True,
    debug: Debug = False,
) -> None:
    """Watch a small model improve by rejection sampling: no GPU, no download.

    Args:
        rounds: of sampling and fine-tuning; 0 only samples, verifies and exports. By default 1, and 0
            for smollm2, where a round takes long on a CPU.
        n: samples a problem.
        seed: of the problems, the samples and the training.
        model: the embedded policy of a million parameters, or SmolLM2-135M-Instruct.
        out: the directory to write to.
        control: train once more on traces that nobody verified, and show how that model does.
        debug: show tracebacks.
    """
    keep_flat()
    if rounds is None:
        rounds = 1 if model == "embedded" else 0
    if rounds:
        from verirs.demo.loop import demo as loop_demo

        loop_demo(rounds=rounds, n=n, seed=seed, model=model, out=out, console=console(), control=control)
    else:
        from verirs.demo.sampling import demo as plain_demo

        plain_demo(n=n, seed=seed, model=model, out=out, console=console())


@app.command
def iterate(
    config: Path,
    /,
    *,
    redo: str = "",
    on: On | None = None,
    dry_run: Flag = False,
    trust: Trust = False,
    debug: Debug = False,
) -> None:
    """Rounds of sample, verify, select, fine-tune. The same command goes on after any interruption.

    Args:
        config: TOML file of the loop.
        redo: a round or a step, such as round-02/train, to do again with all that was made from it.
        on: `ray`: the rounds sample and score in a Ray cluster, as the table [sample.ray] says; `here`: they
            do not. Training is where the command runs.
        dry_run: look at everything, print the first prompt and the plan, and stop.
        trust: load code that the config names although it may be somebody else's (see SECURITY.md).
        debug: show tracebacks.
    """
    from verirs.loop.loop import iterate as iterate_now

    keep_flat()
    with reading(config, trust=trust) as raw:
        if isinstance(raw.get("sample"), dict):
            raw["sample"] = placed_on(raw["sample"], on)
        if dry_run:
            from verirs.cli.plan import show_loop

            show_loop(raw if on else config, console())
            return
        iterate_now(raw if on else config, console=console(), redo=redo)


@rm.command
def train(
    runs: Annotated[list[Path], Parameter(consume_multiple=True)],
    /,
    *,
    backbone: str,
    out: Path,
    loss: Literal["pairwise", "classification"] = "pairwise",
    epochs: float = 1.0,
    batch_size: int = 32,
    learning_rate: float = 5e-5,
    max_length: int = 1024,
    held_out: float = 0.2,
    lora: int = 0,
    seed: int = 0,
    debug: Debug = False,
) -> None:
    """Train a reward model on the candidates of finished runs, labelled by their verifiers.

    Args:
        runs: run directories.
        backbone: model directory or hub name to start from.
        out: the directory to make; the scorer reward_model loads it.
        loss: which of two solutions is right, or whether one is.
        epochs: passes over the examples.
        batch_size: texts in one step; a pair is two.
        learning_rate: 1e-5 or less for billions of parameters.
        max_length: tokens a text may have.
        held_out: share of the problems kept for the card's figures.
        lora: rank of low-rank adapters; 0 trains all weights.
        seed: of the split, the sampling and the new head.
        debug: show tracebacks.
    """
    from itertools import chain

    from verirs.reward.training.train import train_reward_model
    from verirs.store import Store
    from verirs.until import groups

    card = train_reward_model(
        chain.from_iterable(groups(Store.open(run)) for run in runs),
        backbone,
        out,
        loss=loss,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        max_length=max_length,
        held_out=held_out,
        lora=lora,
        seed=seed,
    )
    for sentence in card["held_out"]["words"]:
        say(sentence)
    say(f"model: {out} (its README.md is the card)")


@rm.command
def blend(
    run: Path,
    /,
    *,
    weights: Annotated[list[str] | None, Parameter(negative="")] = None,
    method: Literal["platt", "isotonic"] = "platt",
    debug: Debug = False,
) -> None:
    """Calibrate a run's rankers on its verdicts and blend them into one number. No model is loaded.

    Args:
        run: a run directory whose rankers scored everything (rank = "all").
        weights: of the rankers' log-odds, as name=0.7; by default fitted.
        method: how a number becomes P(correct).
        debug: show tracebacks.
    """
    from verirs.errors import ConfigError
    from verirs.reward.numbers.rerank import rerank

    given = {}
    for pair in weights or []:
        name, _, number = pair.partition("=")
        try:
            given[name] = float(number)
        except ValueError:
            raise ConfigError(f"--weights {pair!r}: write it as ranker=number") from None
    found = rerank(run, weights=given or None, method=method)
    for ranker in found.values():
        for sentence in ranker.words:
            say(sentence)
    say(f"next: verirs export {pasted(run)} --set select.name=best --set select.by=blend")
