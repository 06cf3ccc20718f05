// A drop zone that sends a file in slices of 1 MB, each after the one before was taken: no message
// is large, progress shows, memory stays flat.
const SLICE = 1 << 20;

function render({ model, el }) {
  const zone = document.createElement("label");
  zone.className = "lnnlab-drop";
  const words = document.createElement("span");
  words.textContent = model.get("invitation");
  const input = document.createElement("input");
  input.type = "file";
  input.accept = model.get("accept");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.hidden = true;
  bar.setAttribute("aria-label", "upload");
  const line = document.createElement("span");
  line.className = "lnnlab-line";
  line.setAttribute("role", "status");
  zone.append(words, input);
  el.append(zone, bar, line);

  let file = null;
  let turn = 0; // tells the answers to this upload from those to one before

  const begin = (chosen) => {
    if (!chosen) return;
    file = chosen;
    turn += 1;
    bar.value = 0;
    bar.hidden = false;
    line.textContent = "";
    model.send({ kind: "begin", turn, name: file.name, size: file.size });
  };
  const send = async (at) => {
    try {
      const data = await file.slice(at, at + SLICE).arrayBuffer();
      model.send({ kind: "slice", turn, at }, undefined, [data]);
    } catch {
      model.send({ kind: "abandon", turn });
      line.textContent = "The file can no longer be read: choose it again.";
      bar.hidden = true;
    }
  };
  const answer = (told) => {
    if (told.turn !== turn) return;
    if (told.kind === "next") {
      bar.value = told.at / file.size;
      send(told.at);
      return;
    }
    bar.hidden = true;
    line.textContent = told.line;
    line.classList.toggle("lnnlab-wrong", told.kind === "refused");
    input.value = ""; // so that the same file may be chosen again
  };

  input.onchange = () => begin(input.files[0]);
  zone.ondragover = (event) => {
    event.preventDefault();
    zone.classList.add("lnnlab-over");
  };
  zone.ondragleave = () => zone.classList.remove("lnnlab-over");
  zone.ondrop = (event) => {
    event.preventDefault();
    zone.classList.remove("lnnlab-over");
    begin(event.dataTransfer.files[0]);
  };
  const alone = () => {
    input.disabled = model.get("busy");
  };
  model.on("msg:custom", answer);
  model.on("change:busy", alone);
  alone();
  return () => {
    model.off("msg:custom", answer);
    model.off("change:busy", alone);
  };
}

export default { render };
