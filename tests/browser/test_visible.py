"""Text that page scripts insert shows the characters that steer as their codes, as every page of the server does."""

import re

from playwright.sync_api import expect

from sagaflow.core.words.steering import visible

NASTY = "bill\u202egnp.exe\u2066 \x9b31m\u061c\x07"
STEERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
INSERT = """async (text) => {
  await import("/static/designer/frame/visible.js"); // the page does not wait for it
  await new Promise(requestAnimationFrame);
  const room = document.querySelector("main");
  const made = room.appendChild(document.createElement("p"));
  made.append(text, document.createElement("b"));
  made.querySelector("b").title = text;
  made.insertAdjacentHTML("beforeend", `<i aria-label="${text}">${text}</i><svg><text>${text}</text></svg>`);
  const field = made.appendChild(document.createElement("textarea"));
  const data = made.appendChild(document.createElement("script"));
  data.type = "application/json";
  field.textContent = data.textContent = text;
  document.title = text;
  await new Promise(requestAnimationFrame);
  made.firstChild.nodeValue += text;
  await new Promise(requestAnimationFrame);
  return [made.firstChild.nodeValue, made.querySelector("b").title, made.querySelector("i").getAttribute("aria-label"),
    made.querySelector("i").textContent, made.querySelector("text").textContent, document.title,
    field.value, data.textContent];
}"""
EDITOR = """async (text) => {
  const { EditorState, EditorView } = await import("/static/designer/vendor/codemirror.js");
  const { highlighting, steering, theme } = await import("/static/designer/design/code_look.js");
  const root = document.querySelector("main").appendChild(document.createElement("div")).attachShadow({ mode: "open" });
  const parent = root.appendChild(document.createElement("div"));
  const state = EditorState.create({ doc: text, extensions: [highlighting, steering, theme] });
  const view = new EditorView({ state, parent, root });
  await new Promise(requestAnimationFrame);
  const marks = [...parent.querySelectorAll(".cm-line .is-steering")];
  return [marks.map((mark) => getComputedStyle(mark, "::before").content), view.state.sliceDoc()];
}"""
SHOWN = """async (text) => (await import("/static/designer/frame/visible.js")).visible(text)"""


def test_the_browser_shows_the_codes_of_the_same_characters_as_the_server(up, visitor):
    page = visitor(up).visit("/failures/")
    text = "".join(f"{chr(code)}|" for code in range(0x3000))
    assert page.evaluate(SHOWN, text) == visible(text, kept="\t\n\r")


def test_whatever_a_script_inserts_is_shown_and_data_stays(up, visitor):
    page = visitor(up).visit("/failures/")
    shown = visible(NASTY)
    assert page.evaluate(INSERT, NASTY) == [shown * 2, *[shown] * 5, NASTY, NASTY]


def test_the_tree_of_a_value_shows_the_codes(up, visitor):
    run = up.start(customer=NASTY)
    page = visitor(up).live(f"/runs/{run}/?step=place_order&about=input")
    expect(page.locator(".json-key").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("bill\\u202egnp.exe\\u2066")
    assert not STEERS.search(page.locator("body").inner_text())


def test_the_editor_shows_the_codes_and_keeps_the_characters(up, visitor):
    page = visitor(up).visit("/failures/")
    codes, kept = page.evaluate(EDITOR, "title: bill\u202eevil\u2066\n# \x07\r\nname: x")
    assert codes == ['"\\\\u202e"', '"\\\\u2066"', '"\\\\u0007"']
    assert kept == "title: bill\u202eevil\u2066\n# \x07\nname: x"
