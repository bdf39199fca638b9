/* Layers of the map: what is drawn, where, and in which colour and shape; methods of the page in map.js. */
(function (global) {
  "use strict";

  const { decode, decodeRings, element, ShapeMarker, STATE_OF, STATE_ORDER } = global.phusongShapes;

  global.phusongLayers = {
    communeStyle: function (index) {
      const line = { color: "#3c4b57", weight: 0.8, opacity: 0.9, fill: true, hatch: null, fillOpacity: 0 };
      if (this.state.base !== "figure" || !this.figure()) return line;
      const figure = this.figure();
      const value = this.values(figure)[index];
      if (value === null || value === undefined) {
        return { ...line, fillColor: this.data.noData.fill, hatch: this.data.noData.ink, fillOpacity: 0.75 };
      }
      return { ...line, fillColor: figure.colours[this.classOf(figure, value)], fillOpacity: 0.82 };
    },

    drawCommunes: function () {
      const group = L.layerGroup();
      const names = L.layerGroup();
      this.communeShapes = this.data.communes.outlines.map((outline, index) => {
        const shape = L.polygon(decodeRings(outline, this.data.factors.communes), { renderer: this.renderer });
        shape.setStyle(this.communeStyle(index));
        this.bindPopup(shape, () => this.communePopup(index));
        shape.bindTooltip(() => this.communeTip(index), { sticky: true, className: "map-tip", opacity: 1 });
        group.addLayer(shape);
        const label = element("span", { text: this.data.communes.rows[index][1] });
        const icon = L.divIcon({ className: "commune-name", html: label, iconSize: null });
        names.addLayer(L.marker(shape.getBounds().getCenter(), { icon, interactive: false, keyboard: false }));
        return shape;
      });
      this.layers.communes = group;
      this.layers.names = names;
    },

    drawVillages: function () {
      this.villageMarkers = this.data.villages.rows.map((row) => {
        const marker = new ShapeMarker([row[1], row[0]], { renderer: this.renderer, weight: 0.8, color: "#ffffff", fillOpacity: 0.95 });
        marker.row = row;
        this.bindPopup(marker, () => this.villagePopup(row));
        return marker;
      });
      this.layers.villages = L.layerGroup(this.villageMarkers);
      this.styleVillages();
    },

    villageState: function (row) { return STATE_OF[row[7][this.technologyIndex()]] || "no_data"; },

    radius: function (base, state) {
      const zoom = this.map.getZoom() || 8;
      // Seen as a whole, the province is about the villages that lack signal.
      if (state === "covered" && zoom < 9.5) return zoom < 8.75 ? 1.2 : 1.8;
      return base * (zoom < 8.75 ? 0.55 : zoom < 9.75 ? 0.8 : zoom < 11 ? 1.1 : 1.6);
    },

    styleVillages: function () {
      for (const marker of this.villageMarkers) {
        const state = this.villageState(marker.row);
        const style = this.data.states[state];
        Object.assign(marker.options, {
          shape: style.shape, fillColor: style.fill, radius: this.radius(style.radius, state),
          color: state === "no_data" ? this.data.noData.ink : "#ffffff",
          // Thousands of white rims would hide the map behind the covered villages when they are only dots; those
          // without signal lie on communes and pictures of their own colour, from which the rim keeps them apart.
          weight: state === "no_data" ? 1.4 : state === "covered" ? 0.4 : 1.6,
        });
        marker._radius = marker.options.radius;
        marker.stateRank = STATE_ORDER.indexOf(state);
      }
    },

    drawFibre: function () {
      const markers = this.data.villages.rows.filter((row) => row[8]).map((row) => {
        const style = this.data.states[STATE_OF[row[8]]];
        const marker = new ShapeMarker([row[1], row[0]], {
          renderer: this.renderer, shape: style.shape, radius: this.radius(style.radius * 0.9), fillColor: style.fill,
          color: row[8] === "d" ? this.data.noData.ink : "#14212b", weight: 1, fillOpacity: 0.95,
        });
        this.bindPopup(marker, () => this.villagePopup(row));
        return marker;
      });
      this.layers.fibre = L.layerGroup(markers);
    },

    drawGaps: function () {
      const rows = (this.data.gaps[this.state.technology] || { rows: [] }).rows;
      const shapes = rows.map(([outline, area, population, households, villages]) => {
        const { ink, halo } = this.data.gapStyle;
        const shape = L.polygon(decodeRings(outline, this.data.factors.gaps), {
          renderer: this.renderer, color: ink, weight: 1.2, halo, fillColor: halo, hatch: ink, fillOpacity: 0.45,
        });
        this.bindPopup(shape, () => this.popup(this.words.gap, this.state.technology, [
          [this.words.area, this.number(area) + "\u00a0km²"],
          [this.words.population, population === null ? this.words.no_data : this.number(population)],
          [this.words.households, households === null ? this.words.no_data : this.number(households)],
          [this.words.village_count, villages === null ? this.words.no_data : this.number(villages)],
        ], ""));
        return shape;
      });
      if (this.layers.gaps) this.layers.gaps.remove();
      this.layers.gaps = L.layerGroup(shapes);
    },

    drawRoads: function () {
      this.layers.roads = L.layerGroup(this.data.roads.map(([line, name, kind, main]) => {
        const shape = L.polyline(line.map((part) => decode(part, this.data.factors.roads)), {
          renderer: this.renderer, color: main ? "#5b4a32" : "#7d705c", weight: main ? 1.8 : 0.9, opacity: 0.75, fill: false,
        });
        this.bindPopup(shape, () => this.popup(name || this.words.road, kind, [], ""));
        return shape;
      }));
    },

    drawPlaces: function () {
      const markers = this.data.places.rows.map(([lon, lat, name, kind, letters]) => {
        const marker = new ShapeMarker([lat, lon], {
          renderer: this.renderer, shape: "triangle", radius: 5, fillColor: "#ffffff", color: "#14212b", weight: 1.4, fillOpacity: 1,
        });
        this.bindPopup(marker, () => this.popup(name, kind, this.data.technologies.map(
          (technology, index) => [technology, this.stateBadge(STATE_OF[letters[index]] || "no_data")]), ""));
        return marker;
      });
      this.layers.places = L.layerGroup(markers);
    },

    drawSites: function () {
      if (!this.data.sites) return;
      this.siteMarkers = this.data.sites.rows.map(([lon, lat, code, operator, technologies, status, shared, sectors]) => {
        const [operatorName, colour] = this.data.sites.operators[operator];
        const marker = new ShapeMarker([lat, lon], {
          renderer: this.renderer, shape: "triangle", radius: 4.5, fillColor: colour,
          // Stations on one mast stand side by side, so that none hides another.
          shiftX: (operator - (this.data.sites.operators.length - 1) / 2) * 5, color: "#ffffff", weight: 0.8, fillOpacity: 1,
        });
        marker.isMast = true;
        marker.operator = operator;
        marker.sectors = this.data.sites.sectors[sectors];
        this.bindPopup(marker, () => this.popup(code, this.words.station, [
          [this.words.operator, operatorName], [this.words.technology, this.data.sites.technologies[technologies]],
          [this.words.status, this.data.sites.statuses[status]],
          [this.words.shared_mast, shared === null ? this.words.no_data : shared ? this.words.yes : this.words.no],
        ], ""));
        return marker;
      });
      this.layers.sites = L.layerGroup(this.siteMarkers);
    },

    drawFibreNodes: function () {
      if (!this.data.fibreNodes) return;
      const { operators, kinds, rows } = this.data.fibreNodes;
      this.layers.fibre_nodes = L.layerGroup(rows.map(([lon, lat, code, operator, kind, ports]) => {
        const marker = new ShapeMarker([lat, lon], {
          renderer: this.renderer, shape: "diamond", radius: 4.5, fillColor: "#00796b", color: "#ffffff", weight: 0.8, fillOpacity: 1,
        });
        this.bindPopup(marker, () => this.popup(code, this.words.node + " · " + kinds[kind], [
          [this.words.operator, operators[operator]], [this.words.ports_free, this.number(ports)]], ""));
        return marker;
      }));
    },
  };
})(window);
