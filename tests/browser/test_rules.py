"""A person says in the page how a stream is to be read, and the kernel reads it so."""

from __future__ import annotations

from playwright.sync_api import expect

from .cells import IMPORT, expect_answer, expect_fragments, expect_kernel, expect_status, kernel_text, part, two_frames
from .conftest import OpenNotebook

# The path is wrong, and two others are right: which of them is meant only a person can say.
EVENTS = "[{'result': {'text': word}, 'meta': {'text': word[::-1]}} for word in ['Knead ', 'the ', '**dough**.']]"
CUSTOM = f"run = sw.stream({EVENTS}, extract='$.none')\nrun"


def test_a_rule_is_chosen_with_a_preview(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(IMPORT, CUSTOM)
    notebook.run_all()
    widget = notebook.widget()
    expect_status(widget, "Failed")
    cells = notebook.cells()

    part(widget, "choose").click()
    panel, path, preview, apply = (part(widget, f"rule-{name}") for name in ("panel", "extract", "preview", "apply"))
    expect(panel).to_be_visible()
    expect(path).to_be_focused()
    expect(preview).to_contain_text("matched 3 of 3 events")  # the suggestion that it opens with
    path.fill("result")
    expect(preview).to_contain_text("A path begins with $")
    expect(apply).to_be_disabled()
    path.fill("")
    path.press_sequentially("$.result.text")
    expect(preview).to_contain_text("matched 3 of 3 events")
    expect(preview).to_contain_text("Knead the **dough**.")
    expect_kernel(notebook, "(run.status, run.text)", ["failed", ""])  # a preview changes nothing
    apply.click()

    expect_status(widget, "Done")
    expect_answer(widget, "Knead the dough.")
    expect_fragments(widget, "Knead the **dough**.")
    expect_kernel(notebook, "(run.output.text, run.status, run.error)", ["Knead the **dough**.", "done", None])
    assert kernel_text(notebook) == "Knead the **dough**."
    expect(panel).to_be_hidden()
    expect(part(widget, "error")).to_have_count(0)

    # By the keyboard alone, and none of its keys is one of the notebook's.
    label = part(widget, "dialect")
    expect(label).to_have_text("by rule")
    label.focus()
    label.press("Enter")
    expect(path).to_be_focused()
    expect(path).to_have_value("$.result.text")
    part(widget, "rule-join").select_option("\n")
    expect(preview).to_contain_text("Knead \nthe ")
    part(widget, "rule-dialect").focus()
    notebook.page.keyboard.type("ddab")
    notebook.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(label).to_be_focused()
    two_frames(notebook.page)
    assert notebook.cells() == cells

    # And back to how the code said it.
    label.click()
    part(widget, "rule-reset").click()
    expect_status(widget, "Failed")
    expect_kernel(notebook, "(run.status, run.text)", ["failed", ""])
    assert notebook.errors == []


def test_a_format_that_nobody_knows_is_read_by_what_it_seems_to_hold(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(IMPORT, "run = sw.stream([{'result': {'text': 'Alone.'}}])\nrun")
    notebook.run_all()
    widget = notebook.widget()
    expect(part(widget, "dialect")).to_have_text("unknown JSON")
    part(widget, "choose").click()
    expect(part(widget, "rule-preview")).to_contain_text("Alone.")
    part(widget, "rule-extract").press("Enter")
    expect(part(widget, "answer")).to_have_text("Alone.")
    expect_kernel(notebook, "(run.status, run.text, run.output.text)", ["done", "Alone.", "Alone."])
