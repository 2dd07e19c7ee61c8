"""Setting up a job: a data set, what is in it, a recipe with changes, how it uses the machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.services.training_setup import (
    DataChoice,
    DraftRecipe,
    Estimate,
    Example,
    FoundData,
    RecipeChoice,
    check_data,
    cores,
    data_of,
    draft,
    estimated,
    example_of,
    find_data,
    likely_recipe,
    most_processes,
    scaled_steps,
    shipped_recipes,
)
from app.training.host import Host
from engine.cancel import Cancelled, CancelToken
from engine.errors import RhoscopeError
from engine.jobs.job import JobSettings

if TYPE_CHECKING:
    from engine.data.preflight import Preflight


class SetupModel(QObject):
    """A draft of a job, step by step: nothing is written before it is started."""

    #: The data set, its preflight, example or problem has changed.
    dataChanged = Signal()
    #: (done, total) of the preflight.
    checked = Signal(int, int)
    #: The recipe, its changes or its problems have changed.
    recipeChanged = Signal()
    #: The estimate has been asked for, has arrived or failed.
    estimateChanged = Signal()

    def __init__(self, host: Host, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self.found: FoundData | None = None
        self.searching: Path | None = None
        self.data_problem = ""
        self.report: Preflight | None = None
        self.example: Example | None = None
        self.recipes: tuple[RecipeChoice, ...] = ()
        self.recipe: Path | None = None
        self.draft: DraftRecipe | None = None
        self.recipe_problem = ""
        self.estimate: Estimate | None = None
        self.estimating = False
        self.estimate_problem = ""
        self.name = ""
        self.settings = JobSettings(threads=max(1, cores() - 1) if cores() > 2 else cores())
        # The project that is open in Label.
        self.project: Path | None = None
        # More than one where a job can be shared out here.
        self.most_processes = 1
        self._changes: dict[str, str] = {}
        self._steps: int | None = None
        self._wanted: DataChoice | None = None
        self._place = 0
        self._cancel = CancelToken()
        self._cancel_estimate = CancelToken()

    @property
    def ready(self) -> DraftRecipe | None:
        """The draft, where nothing stands against starting it."""
        fine = self.draft is not None and not self.draft.problems and not self.recipe_problem
        usable = self.report is None or self.report.unusable <= 0.1 * self.report.checked
        return self.draft if fine and self.found is not None and usable and not self.too_many_processes else None

    @property
    def changes(self) -> dict[str, str]:
        """What differs from the recipe, keys and values as --set takes them."""
        return dict(self._changes)

    # Data

    def choose_data(self, folder: Path) -> None:
        """Looks what is in a folder, then checks it."""
        self._stop_checking()
        self.searching, self.found, self.report, self.example, self.data_problem = folder, None, None, None, ""
        self.dataChanged.emit()

        def look() -> FoundData | RhoscopeError:
            try:
                return find_data(folder)
            except RhoscopeError as error:
                return error

        self._host.run_long("find data", look, self._take_found)

    def set_project(self, file: Path | None) -> None:
        """Which project's labels are at hand."""
        self.project = file
        self.dataChanged.emit()

    def choose_splits(self, train: str, val: str) -> None:
        if self.found is not None:
            self._changes |= {"data.train": _quoted(train), "data.val": _quoted(val)}
            self._redraft()
            self._check()

    @property
    def train_split(self) -> str:
        return str(json.loads(self._changes.get("data.train", '""')))

    @property
    def val_split(self) -> str:
        return str(json.loads(self._changes.get("data.val", '""')))

    def next_example(self, delta: int = 1) -> None:
        self._place += delta
        self._show_example()

    # Recipe

    def list_recipes(self) -> None:
        """Finds the recipes that ship."""
        if not self.recipes:
            self._host.run_in_background("recipes", shipped_recipes, self._take_recipes)
            self._host.run_in_background("processes", most_processes, self._take_most_processes)

    def choose_recipe(self, path: Path, *, changes: dict[str, str] | None = None) -> None:
        """Another recipe. Changes of data stay, others are those given."""
        data = {key: value for key, value in self._changes.items() if key.startswith("data.") and self.found}
        self.recipe, self._steps = path, None
        self._changes = {**(changes or {}), **data}
        self.name = path.stem if path.name != "recipe.toml" else path.parent.name
        if self.found is not None and changes is None:
            self._use_data()
        self._redraft()

    def duplicate(self, recipe: Path, *, name: str, settings: JobSettings) -> None:
        """The recipe of a run with its data, to be changed."""
        self.settings = settings
        self.choose_recipe(recipe, changes={})
        self.name = name
        self._host.run_in_background("data of a recipe", lambda: data_of(recipe), self._take_data_of)

    def change(self, key: str, value: str) -> None:
        """One value, in TOML; as the recipe has it where it is empty."""
        if value.strip():
            self._changes[key] = value.strip()
        else:
            self._changes.pop(key, None)
        self._redraft()

    def set_steps(self, steps: int) -> None:
        """So many in all, the phases in their proportions."""
        recipe = self.recipe
        if recipe is None:
            return
        self._host.run_in_background(
            "steps", lambda: scaled_steps(recipe, steps), lambda changes: self._take_steps(recipe, changes)
        )

    def set_in_phases(self, key: str, value: int) -> None:
        """The same value in each phase, e.g. its batch."""
        count = len(self.draft.phases) if self.draft is not None else 0
        self._changes |= {f"phase.{number}.{key}": str(value) for number in range(count)}
        self._redraft()

    def set_settings(self, settings: JobSettings) -> None:
        self.settings = settings
        self.recipeChanged.emit()

    @property
    def too_many_processes(self) -> bool:
        """Some would have no image of a step."""
        if self.draft is None or self.settings.processes == 1:
            return False
        batches = [
            int(key.value) for key in self.draft.keys if key.key.startswith("phase.") and key.key.endswith(".batch")
        ]
        return min(batches) < self.settings.processes

    def measure(self) -> None:
        """Asks what the recipe takes on this machine."""
        ready = self.draft
        if ready is None or self.found is None:
            return
        self._cancel_estimate.cancel()
        token = self._cancel_estimate = CancelToken()
        toml, classes, settings = ready.toml, len(self.found.class_names), self.settings
        self.estimating, self.estimate, self.estimate_problem = True, None, ""
        self.estimateChanged.emit()

        def work() -> Estimate | RhoscopeError | None:
            try:
                return estimated(toml, classes=classes, settings=settings, cancel=token)
            except RhoscopeError as error:
                return error
            except Cancelled:
                return None

        self._host.run_long("estimate", work, self._take_estimate)

    def stop(self) -> None:
        """Ends what is being read or measured."""
        self._stop_checking()
        self._cancel_estimate.cancel()

    # Answers

    def _take_found(self, found: FoundData | RhoscopeError) -> None:
        self.searching = None
        if isinstance(found, RhoscopeError):
            self.data_problem = str(found)
            self.dataChanged.emit()
            return
        self.found = found
        self._place = 0
        self._changes = {key: value for key, value in self._changes.items() if not key.startswith("data.")}
        self._use_data()
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            if wanted.train in found.splits and wanted.val in found.splits:
                self._changes |= {"data.train": _quoted(wanted.train), "data.val": _quoted(wanted.val)}
        self.dataChanged.emit()
        if self.recipe is None and self.recipes:
            self._choose_likely()
        elif self.recipe is not None:
            self._redraft()
        self._check()

    def _take_data_of(self, data: DataChoice) -> None:
        self._wanted = data
        self.choose_data(data.root)

    def _use_data(self) -> None:
        assert self.found is not None
        found = self.found
        own = {
            "data.layout": _quoted(found.layout),
            "data.root": _quoted(str(found.root)),
            "data.train": _quoted(found.train),
            "data.val": _quoted(found.val),
        }
        self._changes = {**own, **self._changes}

    def _choose_likely(self) -> None:
        if self.found is not None:
            name = likely_recipe(self.found)
            chosen = next((choice for choice in self.recipes if choice.name == name), self.recipes[0])
            self.choose_recipe(chosen.path)

    def _take_recipes(self, recipes: tuple[RecipeChoice, ...]) -> None:
        self.recipes = recipes
        self.recipeChanged.emit()
        if self.recipe is None:
            self._choose_likely()

    def _take_most_processes(self, count: int) -> None:
        self.most_processes = count
        self.recipeChanged.emit()

    def _take_steps(self, recipe: Path, changes: dict[str, str]) -> None:
        if recipe == self.recipe:
            self._changes |= changes
            self._redraft()

    def _redraft(self) -> None:
        recipe, changes, found = self.recipe, dict(self._changes), self.found
        if recipe is None:
            return
        # What was measured was another recipe.
        self.estimate = None

        def work() -> DraftRecipe | RhoscopeError:
            try:
                return draft(recipe, changes, found)
            except RhoscopeError as error:
                return error

        self._host.run_in_background("draft", work, self._take_draft)

    def _take_draft(self, drafted: DraftRecipe | RhoscopeError) -> None:
        if isinstance(drafted, RhoscopeError):
            # The last good one stays in sight, so that the value can be put right.
            self.recipe_problem = drafted.reason + (f" ({drafted.cure})" if drafted.cure else "")
        else:
            self.draft, self.recipe_problem = drafted, ""
        self.recipeChanged.emit()

    def _check(self) -> None:
        self._stop_checking()
        token = self._cancel = CancelToken()
        found, split = self.found, self.train_split
        if found is None or split not in found.splits:
            return
        self.report, self.data_problem = None, ""
        self._show_example()

        def progress(done: int, total: int) -> None:
            if done % 20 == 0 or done == total:
                self._host.post(lambda: self.checked.emit(done, total) if not token.cancelled else None)

        def work() -> Preflight | RhoscopeError | None:
            try:
                return check_data(found, split, cancel=token, on_progress=progress)
            except RhoscopeError as error:
                return error
            except Cancelled:
                return None

        self._host.run_long("check data", work, self._take_report)

    def _take_report(self, report: Preflight | RhoscopeError | None) -> None:
        if isinstance(report, RhoscopeError):
            self.data_problem = str(report)
        else:
            self.report = report
        self.dataChanged.emit()
        self.recipeChanged.emit()

    def _show_example(self) -> None:
        found, split, place = self.found, self.train_split, self._place
        if found is None or split not in found.splits:
            return

        def work() -> Example | RhoscopeError:
            try:
                return example_of(found, split, place)
            except RhoscopeError as error:
                return error

        self._host.run_in_background("example", work, self._take_example)

    def _take_example(self, example: Example | RhoscopeError) -> None:
        if isinstance(example, RhoscopeError):
            self.data_problem = str(example)
        else:
            self.example = example
        self.dataChanged.emit()

    def _take_estimate(self, estimate: Estimate | RhoscopeError | None) -> None:
        self.estimating = False
        if isinstance(estimate, RhoscopeError):
            self.estimate_problem = str(estimate)
        else:
            self.estimate = estimate
        self.estimateChanged.emit()

    def _stop_checking(self) -> None:
        self._cancel.cancel()


def _quoted(text: str) -> str:
    """As a TOML string."""
    return json.dumps(text, ensure_ascii=False)
