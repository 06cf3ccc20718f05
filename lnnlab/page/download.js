// A button that asks the kernel for a file and saves it: no address is needed that serves it.
function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "jupyter-button widget-button lnnlab-download";
  button.textContent = model.get("words");
  button.onclick = () => model.send({ kind: "wanted" });
  el.append(button);

  const save = (told, buffers) => {
    const blob = new Blob([buffers[0]], { type: told.type });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = told.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const show = () => {
    button.style.display = model.get("ready") ? "" : "none";
    button.textContent = model.get("words");
  };
  model.on("msg:custom", save);
  model.on("change:ready", show);
  model.on("change:words", show);
  show();
  return () => {
    model.off("msg:custom", save);
    model.off("change:ready", show);
    model.off("change:words", show);
  };
}

export default { render };
