// "Udforsk": draws the table's own figures with plotly, and only when the reader asks for it.
"use strict";

(function () {
  // plotly 4 shows a button that uploads the chart unless it is told not to: nothing here may leave the portal.
  var LOCKED = {
    displayModeBar: false, displaylogo: false, showSendToCloud: false, showEditInChartStudio: false, plotlyServerURL: "",
    showLink: false, showTips: false, editable: false, doubleClick: "reset", scrollZoom: false, responsive: true
  };
  var COLOURS = ["#003f7d", "#b35c00", "#5b2a86", "#4a4a4a"];
  var DASHES = ["solid", "dash", "dot", "dashdot"];

  function traces(data) {
    return data.series.map(function (series, place) {
      return {
        type: "scatter", mode: "lines+markers", name: series.name, x: data.times, y: series.values, text: series.words,
        hovertemplate: "%{text}", connectgaps: false,
        line: { color: COLOURS[place % COLOURS.length], dash: DASHES[Math.floor(place / COLOURS.length) % DASHES.length] },
        marker: { symbol: place % 8 }
      };
    });
  }

  function draw(holder, data) {
    window.Plotly.newPlot(holder, traces(data), {
      yaxis: { rangemode: "tozero", tickformat: data.share ? ".0%" : "" }, xaxis: { type: "category" },
      separators: data.separators, margin: { t: 16, r: 16 }, hovermode: "closest", showlegend: true,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)"
    }, LOCKED);
  }

  function load(button) {
    var holder = document.getElementById("explore-plot");
    var data = JSON.parse(document.getElementById("explore-data").textContent);
    var script = document.createElement("script");
    button.disabled = true;
    script.src = button.dataset.script;
    script.onload = function () {
      holder.hidden = false;
      draw(holder, data);
      button.hidden = true;
    };
    script.onerror = function () { button.disabled = false; };
    document.head.appendChild(script);
  }

  var button = document.getElementById("explore-show");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", function () { load(button); });
  }
})();
