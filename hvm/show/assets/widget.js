// The page in a frame. It tells which entry it shows, and is told which one to show.

const HEIGHT_PIXELS = 560;

function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.title = "The lexicon";
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = `width:100%;height:${HEIGHT_PIXELS}px;border:1px solid #ccc`;
  frame.srcdoc = model.get("page");

  const receive = (event) => {
    if (event.source !== frame.contentWindow || !event.data || event.data.hvmShown === undefined) return;
    model.set("selected", event.data.hvmShown);
    model.save_changes();
  };
  const send = () => frame.contentWindow.postMessage({ hvmShow: model.get("selected") }, "*");
  const sendFirst = () => {
    if (model.get("selected") !== null) send();
  };

  window.addEventListener("message", receive);
  frame.addEventListener("load", sendFirst);
  model.on("change:selected", send);
  el.append(frame);
  return () => {
    window.removeEventListener("message", receive);
    model.off("change:selected", send);
  };
}

export default { render };
