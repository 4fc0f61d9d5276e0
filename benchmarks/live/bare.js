/** The least that shows a stream: text that arrives is appended to one text node. No Markdown, no events, no second view, no reload. */
export default {
  render({ model, el }) {
    const box = document.createElement("div");
    box.className = "bench-bare";
    box.style.cssText = "white-space: pre-wrap; font: 13px/1.5 system-ui, sans-serif";
    const text = document.createTextNode("");
    box.append(text);
    el.append(box);
    model.on("msg:custom", (message) => text.appendData(message.d));
  },
};
