"use strict";
// Shows and filters the timeline. Everything from the logs is set as text, never as markup.
const data = JSON.parse(document.getElementById("events").textContent);
const body = document.getElementById("rows");
const shown = document.getElementById("shown");
const text = document.getElementById("text");
const category = document.getElementById("category");
const severity = document.getElementById("severity");
const since = document.getElementById("since");
const until = document.getElementById("until");
const MOST = 2000;

function option(select, value) {
  const item = document.createElement("option");
  item.value = value;
  item.textContent = value;
  select.append(item);
}
[...new Set(data.map((event) => event.category).filter(Boolean))].sort().forEach((name) => option(category, name));

function row(event) {
  const line = document.createElement("tr");
  line.id = "e" + event.position;
  line.className = event.severity || "";
  for (const name of ["position", "time", "actor", "summary", "category", "mailbox", "subject", "outcome", "ip", "client", "source"]) {
    const cell = document.createElement("td");
    cell.textContent = event[name] ?? "";
    if (name === "time") cell.className = "when";
    line.append(cell);
  }
  line.title = event.event_id;
  return line;
}

function matches(event, wanted) {
  if (category.value && event.category !== category.value) return false;
  if (severity.value && event.severity !== severity.value) return false;
  if (since.value && !(event.time && event.time.slice(0, 10) >= since.value)) return false;
  if (until.value && !(event.time && event.time.slice(0, 10) <= until.value)) return false;
  return !wanted || Object.values(event).some((value) => String(value).toLowerCase().includes(wanted));
}

function draw() {
  const wanted = text.value.trim().toLowerCase();
  const found = data.filter((event) => matches(event, wanted));
  body.replaceChildren(...found.slice(0, MOST).map(row));
  shown.textContent = `${found.length.toLocaleString("en")} of ${data.length.toLocaleString("en")} events` +
    (found.length > MOST ? `, the first ${MOST.toLocaleString("en")} are listed: narrow the filters` : "");
}
[text, category, severity, since, until].forEach((control) => control.addEventListener("input", draw));

document.addEventListener("click", (click) => {
  const link = click.target.closest("a.row");
  if (link && !document.getElementById(link.hash.slice(1))) {
    [text, category, severity, since, until].forEach((control) => { control.value = ""; });
    draw();
  }
});
draw();
