/* Draws a province map from the JSON document that maps/documents.py writes: the page, its state, and what is on it now.
 * Its layers, popups, controls and legend are in files of their own, which are loaded before this one.
 *
 * Every text is set as text (textContent), never as markup: names come from files that anybody may have written.
 */
(function (global) {
  "use strict";

  const { isSmall, Renderer } = global.phusongShapes;

  const NAMES_FROM_ZOOM = 10.5;

  function Page(map, data, pictures) {
    this.map = map;
    this.isSmall = isSmall(map.getSize());
    map.getContainer().classList.toggle("small", this.isSmall);
    this.data = data;
    this.pictures = pictures;
    this.words = data.labels;
    this.numbers = new Intl.NumberFormat(data.language === "vi" ? "vi-VN" : "en-GB", { maximumFractionDigits: 1 });
    this.renderer = new Renderer({ padding: 0.3, tolerance: 4 });
    this.layers = {};
    const first = data.technologies.includes("4G") ? "4G" : data.technologies[0] || "";
    this.state = {
      technology: first,
      base: this.figures().length ? "figure" : "none",
      figure: (this.figures()[0] || {}).id || "",
      operator: "any",
      shown: { villages: data.villages.rows.length > 0, gaps: false, roads: data.roads.length > 0, relief: true },
    };
  }

  const page = {
    number: function (value) { return value === null || value === undefined ? "–" : this.numbers.format(value); },

    /* Never 100 % for a share below 1, nor 0 % for one above 0. */
    share: function (value) {
      if (value === null || value === undefined) return this.words.no_data;
      let percent = Math.round(value * 1000) / 10;
      if (value < 1 && percent >= 100) percent = 99.9;
      if (value > 0 && percent <= 0) percent = 0.1;
      return this.numbers.format(percent) + "\u00a0%";
    },

    figures: function () { return this.data.figures.filter((figure) => this.data.communes.values[figure.id]); },

    figure: function () { return this.data.figures.find((figure) => figure.id === this.state.figure); },

    values: function (figure) {
      const by = this.data.communes.values[figure.id] || {};
      return by[figure.perTechnology ? this.state.technology : ""] || [];
    },

    shareWithoutData: function (figure, index) {
      const by = this.data.communes.withoutData[figure.id] || {};
      return (by[figure.perTechnology ? this.state.technology : ""] || [])[index] || 0;
    },

    classOf: function (figure, value) {
      let index = 0;
      while (index < figure.breaks.length && value >= figure.breaks[index]) index += 1;
      return index;
    },

    technologyIndex: function () { return this.data.technologies.indexOf(this.state.technology); },

    refresh: function () {
      const { technology, base, shown } = this.state;
      for (const [name, picture] of Object.entries(this.pictures)) {
        if (base === "coverage" && name === technology) picture.addTo(this.map);
        else picture.remove();
      }
      this.refreshGround();
      this.styleSites();
      this.communeShapes.forEach((shape, index) => shape.setStyle(this.communeStyle(index)));
      this.styleVillages();
      this.drawGaps();
      const order = ["communes", "gaps", "roads", "places", "fibre", "villages", "fibre_nodes", "sites"];
      for (const name of order) if (this.layers[name]) this.layers[name].remove();
      // They are on the map one by one: their group takes none of them away, and they would stay below what follows.
      this.villageMarkers.forEach((marker) => marker.remove());
      for (const name of order) {
        if (!this.layers[name] || !(name === "communes" || shown[name])) continue;
        if (name === "villages") {
          this.villageMarkers.slice().sort((a, b) => b.stateRank - a.stateRank).forEach((marker) => marker.addTo(this.map));
        } else this.layers[name].addTo(this.map);
      }
      this.refreshNames();
      this.drawLegend();
    },

    refreshNames: function () {
      if (this.map.getZoom() >= NAMES_FROM_ZOOM) this.layers.names.addTo(this.map);
      else this.layers.names.remove();
    },

    /* On a wide page the boxes at both sides stay beside the province, not over it. */
    showWhole: function () {
      const side = this.isSmall ? 8 : 260;
      this.map.fitBounds(this.data.bounds, { paddingTopLeft: [side, 12], paddingBottomRight: [side, 12] });
    },

    goTo: function (layer) {
      if (layer.getBounds) {
        this.map.fitBounds(layer.getBounds(), { maxZoom: 12, animate: false });
        layer.openPopup();
      } else {
        // Without animation: a popup that opens while the map still moves is built anew under the reader's finger.
        this.map.setView(layer.getLatLng(), 13, { animate: false });
        if (this.map.hasLayer(layer)) layer.openPopup();
        else layer.getPopup().setLatLng(layer.getLatLng()).openOn(this.map);
      }
    },

    /* For the style sheet: how tall an open box may be. */
    tellHeight: function () { this.map.getContainer().style.setProperty("--map-height", this.map.getSize().y + "px"); },

    open: function () {
      this.tellHeight();
      this.showWhole();
      this.drawCommunes();
      this.drawVillages();
      this.drawFibre();
      this.drawRoads();
      this.drawPlaces();
      this.drawSites();
      this.drawFibreNodes();
      this.drawFrame();
      this.drawChooser();
      this.drawLegendBox();
      this.closeOthers();
      this.refresh();
      this.map.on("zoomend", () => {
        this.refreshNames();
        this.styleVillages();
        this.styleSites();
        if (this.state.shown.villages) this.renderer._redraw && this.villageMarkers.forEach((marker) => marker.redraw());
      });
      this.map.on("resize", () => {
        this.tellHeight();
        this.fitLegend();
        if (this.reading) this.reading.update();
      });
      this.map.on("popupclose", (event) => this.endReading(event.popup));
      this.watchBoxes();
      document.documentElement.dataset.mapReady = "yes";
    },
  };

  Object.assign(Page.prototype, page, global.phusongLayers, global.phusongLevels, global.phusongPopups, global.phusongControls, global.phusongLegend);

  global.phusongMap = {
    start: function (map, pictures) {
      const data = JSON.parse(document.getElementById("phusong-map-data").textContent);
      new Page(map, data, pictures).open();
    },
  };
})(window);
