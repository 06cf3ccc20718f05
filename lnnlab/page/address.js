// Keeps the job in the address (?job=) and, where the address is JupyterLab's own, in the tab: a
// reload, or a notebook that is run again, finds it. Tells the kernel once what it found.
const KEY = "lnnlab-job";

function render({ model }) {
  const address = new URL(window.location.href);
  const lab = /\/(lab|notebooks|tree)(\/|$)/.test(address.pathname);
  const found = address.searchParams.get("job") || (lab && sessionStorage.getItem(KEY)) || "";
  if (!model.get("job")) model.send({ kind: "found", job: found });

  const keep = () => {
    const job = model.get("job");
    if (lab) {
      if (job) sessionStorage.setItem(KEY, job);
      else sessionStorage.removeItem(KEY);
      return;
    }
    const now = new URL(window.location.href);
    if (job) now.searchParams.set("job", job);
    else now.searchParams.delete("job");
    now.searchParams.delete("token"); // a cookie has it by now
    history.replaceState(history.state, "", now);
  };
  model.on("change:job", keep);
  return () => model.off("change:job", keep);
}

export default { render };
