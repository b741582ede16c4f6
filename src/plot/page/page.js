// The page of a result file: a surface, slices or curves; beside them spectra and numbers.
'use strict';
(async () => {
    const $ = (id) => document.getElementById(id);
    const data = JSON.parse($('data').textContent);
    const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#999999'];
    const gapNames = ['', 'not computed yet', 'failed', 'not finite', 'zero or negative', 'no such signal'];
    const gapMarks = ['', 'circle-open', 'x', 'square', 'square-open', 'cross']; // diamonds are weights
    const NOT_POSITIVE = 4;
    const points = data.axes.reduce((count, axis) => count * axis.points, 1);
    const realisations = data.realisations.length;
    const dimensions = data.axes.length;
    const training = data.training; // undefined: the networks are not those of trainings
    const unit = training?.unit.replace('training_', '');
    const ages = training ? [...new Set(training.age)].filter((age) => age !== null).sort((a, b) => a - b) : [];

    const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);
    const colourOf = (n) => colours[(training ? training.of[n] : n) % colours.length];
    const fade = (colour, alpha) => colour + Math.round(255 * alpha).toString(16).padStart(2, '0');
    const short = (value) => Number.isFinite(value) ? Number(value.toPrecision(6)).toString() : String(value);

    // ---- the library, stored compressed ----
    async function loadLibrary() {
        const stream = new Blob([bytesOf($('library').textContent)]).stream();
        const text = await new Response(stream.pipeThrough(new DecompressionStream('gzip'))).text();
        const script = document.createElement('script');
        script.textContent = text;
        document.head.append(script);
    }

    for (const quantity of data.quantities) {
        quantity.values = floatsOf(quantity.values);
        quantity.gaps = quantity.gaps ? bytesOf(quantity.gaps) : null;
    }
    const coordinates = data.axes.map((axis) =>
        Array.from({length: axis.points}, (_, i) => axis.from + i * axis.step));

    // ---- what is chosen ----
    const state = {
        network: dimensions === 1 ? -1 : 0, // -1: all
        series: dimensions === 1 && training?.names.length > 1 ? -1 : 0, age: 0, // of trainings
        realisation: dimensions === 1 ? -1 : 0,
        quantity: Math.max(0, data.quantities.findIndex((q) => q.name === data.initial.quantity)),
        axis: dimensions - 1,
        slice: dimensions > 2 ? Math.floor(data.axes[dimensions - 1].points / 2) : 0,
        log: data.initial.log, low: data.initial.low, high: data.initial.high,
        errors: true, same: data.networks.length > 2, panel: 0, number: 0,
    };

    function fill(select, entries, chosen) {
        select.replaceChildren(...entries.map(([value, text]) => new Option(text, value)));
        select.value = chosen;
    }

    // ---- numbers of the chosen quantity ----
    const offsetOf = (n, r) => (n * realisations + r) * points;

    // One value as it is drawn: clipped; NaN and the kind of gap where there is none.
    function valueAt(quantity, index) {
        let gap = quantity.gaps ? quantity.gaps[index] : 0;
        const value = quantity.values[index];
        if (gap === 0 && state.log && value <= 0) { gap = NOT_POSITIVE; }
        if (gap !== 0) { return [NaN, gap, value]; }
        const low = state.low ?? -Infinity, high = state.high ?? Infinity;
        return [Math.min(Math.max(value, low), high), 0, value];
    }

    function extremes(networks) {
        const quantity = data.quantities[state.quantity];
        let min = Infinity, max = -Infinity, clipped = 0;
        for (const n of networks) {
            for (let i = offsetOf(n, 0); i < offsetOf(n, realisations); i++) {
                const [value, , raw] = valueAt(quantity, i);
                if (value < min) { min = value; }
                if (value > max) { max = value; }
                if (value !== raw && !Number.isNaN(value)) { clipped++; }
            }
        }
        return {min, max, clipped};
    }

    const nearest = (values, at) => values.reduce((best, value, i) =>
        Math.abs(value - at) < Math.abs(values[best] - at) ? i : best, 0);

    // Of every training the network whose age is the chosen one, or the nearest.
    const networksNow = () => training.names.map((_, s) => {
        const own = data.networks.map((_, n) => n).filter((n) => training.of[n] === s);
        return own[nearest(own.map((n) => training.age[n] ?? Infinity), ages[state.age])];
    });
    const chosenNetworks = () => state.network >= 0 ? [state.network]
        : training ? networksNow() : data.networks.map((_, n) => n);

    // ---- planes and slices ----
    // Index of the point (i, j) of the shown plane; H and V are its axes.
    function planeOf() {
        const strides = [1, data.axes[0].points, data.axes[0].points * (data.axes[1]?.points ?? 1)];
        const shown = data.axes.map((_, d) => d).filter((d) => dimensions < 3 || d !== state.axis);
        const [h, v] = shown;
        const base = dimensions > 2 ? state.slice * strides[state.axis] : 0;
        return {h, v, at: (i, j) => base + i * strides[h] + j * strides[v]};
    }

    function surfaceTraces() {
        const quantity = data.quantities[state.quantity];
        const {h, v, at} = planeOf();
        const x = coordinates[h], y = coordinates[v];
        const start = offsetOf(state.network, Math.max(state.realisation, 0));
        const range = extremes(state.same ? data.networks.map((_, n) => n) : [state.network]);
        const scale = (value) => state.log ? Math.log10(value) : value;
        const gaps = gapNames.map(() => [[], []]);
        const z = [], colour = [], raw = [];
        for (let j = 0; j < y.length; j++) {
            z.push([]); colour.push([]); raw.push([]);
            for (let i = 0; i < x.length; i++) {
                const [value, gap, original] = valueAt(quantity, start + at(i, j));
                z[j].push(value); colour[j].push(scale(value)); raw[j].push(original);
                if (gap !== 0) { gaps[gap][0].push(x[i]); gaps[gap][1].push(y[j]); }
            }
        }
        const floor = Number.isFinite(range.min) ? range.min : state.log ? 1 : 0;
        const traces = [{
            type: 'surface', x, y, z, surfacecolor: colour, customdata: raw, colorscale: 'Viridis',
            cmin: scale(floor), cmax: scale(Math.max(range.max, floor)), showscale: true,
            hovertemplate: `${data.axes[h].name} %{x:.6g}<br>${data.axes[v].name} %{y:.6g}<br>` +
                `${quantity.name} %{customdata:.6g}<extra></extra>`,
            colorbar: colourBar(scale(floor), scale(range.max), quantity.label),
        }];
        gaps.forEach(([gx, gy], gap) => {
            if (gx.length > 0) {
                traces.push({type: 'scatter3d', mode: 'markers', x: gx, y: gy, z: gx.map(() => floor), name: gapNames[gap],
                    marker: {symbol: gapMarks[gap], size: 4, color: '#d62728'},
                    hovertemplate: `%{x:.6g}, %{y:.6g}: ${gapNames[gap]}<extra></extra>`});
            }
        });
        traces.push(...trackTraces(x, y, z), ...placeTraces(h, v, x, y, z));
        return {traces, h, v, range};
    }

    function colourBar(from, to, label) {
        const bar = {title: {text: label, side: 'right'}, thickness: 14, len: 0.8};
        if (state.log && to > from) {
            bar.tickvals = Array.from({length: 6}, (_, i) => from + (to - from) * i / 5);
            bar.ticktext = bar.tickvals.map((tick) => Number((10 ** tick).toPrecision(3)).toString());
        }
        return bar;
    }

    // Between the points of an axis: the one before, and the fraction of the way to the next.
    const between = (values, at) => {
        if (values.length < 2) { return [0, 0]; }
        const place = (at - values[0]) / (values[1] - values[0]);
        const before = Math.min(Math.max(Math.floor(place), 0), values.length - 2);
        return [before, Math.min(Math.max(place - before, 0), 1)];
    };

    // The height of the surface z over x and y, bilinear between its points; NaN next to a gap.
    function heightAt(z, x, y, at) {
        const [i, right] = between(x, at[0]), [j, up] = between(y, at[1]);
        return [[j, i, (1 - right) * (1 - up)], [j, i + 1, right * (1 - up)], [j + 1, i, (1 - right) * up], [j + 1, i + 1, right * up]]
            .filter(([, , weight]) => weight > 0)
            .reduce((sum, [row, column, weight]) => sum + weight * z[row][column], 0);
    }

    function placeTraces(h, v, x, y, z) {
        const shown = data.places[state.network].filter((place) => dimensions < 3 ||
            Math.abs(coordinates[state.axis][state.slice] - place.at[state.axis]) < data.axes[state.axis].step / 2);
        return shown.map((place) => ({
            type: 'scatter3d', mode: 'markers', x: [place.at[h]], y: [place.at[v]],
            z: [heightAt(z, x, y, [place.at[h], place.at[v]])],
            name: place.given ? 'given weights' : 'initial weights',
            marker: {symbol: place.given ? 'diamond' : 'diamond-open', size: 6, color: '#000000'},
            hovertemplate: `${place.given ? 'given' : 'initial'} weights<br>%{z:.6g}<extra></extra>`,
        }));
    }

    // The trajectory of the training on the surface, and the way between its weights.
    function trackTraces(x, y, z) {
        const steps = 16;
        const weights = [];
        for (let i = 0; i < data.tracks[state.network].length; i += 2) {
            weights.push(data.tracks[state.network].slice(i, i + 2));
        }
        const way = weights.slice(1).flatMap((to, i) => Array.from({length: steps + 1}, (_, step) =>
            [0, 1].map((d) => weights[i][d] + (to[d] - weights[i][d]) * step / steps)));
        const traceOf = (places, options) => ({type: 'scatter3d', x: places.map((at) => at[0]), y: places.map((at) => at[1]),
            z: places.map((at) => heightAt(z, x, y, at)), ...options});
        return weights.length === 0 ? [] : [
            traceOf(way, {mode: 'lines', line: {color: '#d95f02', width: 6}, showlegend: false, hoverinfo: 'skip'}),
            traceOf(weights, {mode: 'markers', name: 'weights of the training, from the first (ring) on',
                marker: {color: '#d95f02', size: 4, symbol: weights.map((_, i) => i === 0 ? 'circle-open' : 'circle')},
                hovertemplate: 'weights %{pointNumber} of the training<br>%{z:.6g}<extra></extra>'})];
    }

    function drawSurface() {
        const {traces, h, v, range} = surfaceTraces();
        const quantity = data.quantities[state.quantity];
        const axisOf = (d) => ({title: {text: data.axes[d].label}, tickformat: '.3~g'});
        const z = {title: {text: quantity.short}, type: state.log ? 'log' : 'linear'};
        if (state.same && range.max > range.min) {
            z.range = state.log ? [Math.log10(range.min), Math.log10(range.max)] : [range.min, range.max];
        }
        return Plotly.react('main', traces, {
            margin: {l: 0, r: 0, t: 0, b: 0}, uirevision: 'camera', showlegend: true,
            legend: {x: 0, y: 1, bgcolor: '#ffffffc0'},
            scene: {uirevision: 'camera', xaxis: axisOf(h), yaxis: axisOf(v), zaxis: z, aspectmode: 'manual',
                aspectratio: {x: 1, y: 1, z: 0.7}, camera: camera()},
        }, {responsive: true, displaylogo: false});
    }

    let fromAbove = false;
    const camera = () => fromAbove
        ? {eye: {x: 0, y: 0, z: 2}, up: {x: 0, y: 1, z: 0}, projection: {type: 'orthographic'}}
        : {eye: {x: 1.5, y: -1.5, z: 1.1}, up: {x: 0, y: 0, z: 1}, projection: {type: 'perspective'}};

    // ---- curves along a path ----
    function meanOf(quantity, n, i) {
        let sum = 0;
        for (let r = 0; r < realisations; r++) { sum += valueAt(quantity, offsetOf(n, r) + i)[0]; }
        return sum / realisations;
    }

    function pathTraces() {
        const quantity = data.quantities[state.quantity];
        const errors = data.quantities.slice(state.quantity).find((q) => q.name.endsWith('loss_stderr'));
        const x = coordinates[0];
        const traces = [];
        for (const n of chosenNetworks()) {
            const one = state.realisation >= 0 || realisations === 1;
            const rows = one ? [Math.max(state.realisation, 0)] : data.realisations.map((_, r) => r);
            const mean = x.map((_, i) => one ? valueAt(quantity, offsetOf(n, rows[0]) + i)[0] : meanOf(quantity, n, i));
            if (state.errors && errors && quantity.name.endsWith('_loss')) {
                traces.push(...bandTraces(x, mean, x.map((_, i) =>
                    rows.reduce((sum, r) => sum + errors.values[offsetOf(n, r) + i], 0) / rows.length), n));
            }
            for (const r of one ? [] : rows) {
                traces.push({x, y: x.map((_, i) => valueAt(quantity, offsetOf(n, r) + i)[0]), mode: 'lines',
                    line: {color: colourOf(n), width: 0.6}, showlegend: false, hoverinfo: 'skip'});
            }
            traces.push({x, y: mean, mode: 'lines', line: {color: colourOf(n), width: 2}, name: data.networks[n],
                hovertemplate: `%{x:.6g}: %{y:.6g}<extra>${one ? '' : 'mean of '}%{fullData.name}</extra>`});
            traces.push(...pathGaps(quantity, n, rows, x));
        }
        return traces;
    }

    function bandTraces(x, mean, error, n) {
        const edge = (sign) => ({x, y: mean.map((m, i) => m + sign * error[i]), mode: 'lines', line: {width: 0},
            showlegend: false, hoverinfo: 'skip'});
        return [edge(-1), {...edge(1), fill: 'tonexty', fillcolor: fade(colourOf(n), 0.2)}];
    }

    function pathGaps(quantity, n, rows, x) {
        const found = gapNames.map(() => []);
        for (const r of rows) {
            x.forEach((at, i) => { found[valueAt(quantity, offsetOf(n, r) + i)[1]].push(at); });
        }
        return found.map((at, gap) => gap > 0 && at.length > 0 && {
            x: at, y: at.map(() => 0.02), yaxis: 'y2', mode: 'markers', name: `${data.networks[n]}: ${gapNames[gap]}`,
            marker: {symbol: gapMarks[gap], color: colourOf(n), size: 7},
            hovertemplate: `%{x:.6g}: ${gapNames[gap]}<extra></extra>`}).filter(Boolean);
    }

    function angleTics() {
        const axis = data.axes[0];
        if (!axis.period) { return {}; }
        return {tickvals: [0, 1, 2, 3, 4].map((i) => axis.from + i * Math.PI / 2), ticktext: ['0', 'π/2', 'π', '3π/2', '2π']};
    }

    function drawPath() {
        const quantity = data.quantities[state.quantity];
        const shapes = chosenNetworks().flatMap((n) => data.places[n]).map((place) => ({
            type: 'line', x0: place.at[0], x1: place.at[0], y0: 0, y1: 1, yref: 'paper',
            line: {color: '#808080', width: 1, dash: place.given ? 'solid' : 'dot'}}));
        return Plotly.react('main', pathTraces(), {
            margin: {l: 70, r: 10, t: 10, b: 50}, uirevision: 'path', shapes, hovermode: 'closest',
            legend: {orientation: 'h', y: -0.15, traceorder: 'normal'},
            xaxis: {title: {text: data.axes[0].label}, ...angleTics()},
            yaxis: {title: {text: quantity.label}, type: state.log ? 'log' : 'linear', tickformat: '.4~g'},
            yaxis2: {overlaying: 'y', range: [0, 1], visible: false, fixedrange: true},
        }, {responsive: true, displaylogo: false});
    }

    // ---- spectra and branches ----
    function drawCurves() {
        const panel = data.panels[state.panel];
        if (!panel) { return null; }
        const traces = [];
        for (const series of panel.series) {
            for (const n of chosenNetworks()) {
                const error = state.errors && series.errors ? series.errors[n] : null;
                traces.push({x: panel.x, y: series.values[n], mode: series.label ? 'lines' : 'lines+markers',
                    name: series.label ? `${data.networks[n]}: ${series.label}` : data.networks[n],
                    line: {color: colourOf(n), width: series.label ? 1 : 1.8, dash: series.dash}, marker: {size: 4},
                    error_y: error ? {type: 'data', array: error, thickness: 1, width: 2} : {visible: false},
                    hovertemplate: '%{x:.4g}: %{y:.4g}<extra>%{fullData.name}</extra>'});
            }
        }
        return Plotly.react('curves', traces, {
            margin: {l: 70, r: 10, t: 10, b: 50}, uirevision: `curves ${state.panel}`, hovermode: 'closest',
            legend: {orientation: 'h', y: -0.15},
            xaxis: {title: {text: panel.xlabel}, type: panel.xlog ? 'log' : 'linear'},
            yaxis: {title: {text: panel.label}, type: panel.ylog ? 'log' : 'linear', exponentformat: 'power'},
        }, {responsive: true, displaylogo: false});
    }

    // A number of the networks OWN, over their ages where they are of a training.
    function numberTrace(number, own, name) {
        const chosen = chosenNetworks();
        return {
            x: own.map((n) => training ? training.age[n] : data.networks[n]), y: own.map((n) => number.values[n]),
            mode: training ? 'lines+markers' : 'markers', name, line: {color: colourOf(own[0]), width: 1.5},
            marker: {color: own.map(colourOf), size: own.map((n) => chosen.includes(n) ? 9 : 5)},
            error_y: state.errors ? {type: 'data', array: own.map((n) => number.errors[n]), thickness: 1.2} : {visible: false},
            hovertemplate: `%{x}: %{y:.5g}<extra>${name}</extra>`};
    }

    function drawNumbers() {
        const number = data.numbers[state.number], all = data.networks.map((_, n) => n);
        if (!number) { return null; }
        const traces = training
            ? training.names.map((name, s) => numberTrace(number, all.filter((n) => training.of[n] === s), name))
            : [numberTrace(number, all, '')];
        return Plotly.react('numbers', traces, {
            margin: {l: 70, r: 10, t: 25, b: 70}, showlegend: traces.length > 1, legend: {orientation: 'h', y: -0.3},
            xaxis: training ? {title: {text: unit, standoff: 5}, zeroline: false} : {type: 'category'},
            yaxis: {title: {text: number.label, font: {size: 12}}, tickformat: '.4~g'}}, {responsive: true, displaylogo: false});
    }

    function writeNotes() {
        const {clipped} = extremes(chosenNetworks());
        const notes = [...data.notes];
        if (clipped > 0) { notes.push(`clipped: ${clipped} values`); }
        $('notes').textContent = notes.join('; ');
        $('at').textContent = dimensions > 2
            ? `${data.axes[state.axis].name} = ${short(coordinates[state.axis][state.slice])}` : '';
        $('age').textContent = training ? `${unit} ${short(ages[state.age])}` : '';
    }

    async function draw() {
        writeNotes();
        await Promise.all([dimensions === 1 ? drawPath() : drawSurface(), drawCurves(), drawNumbers()]);
        window.blueshift.drawn++;
    }

    // ---- controls ----
    const numberOf = (input) => input.value === '' || !Number.isFinite(input.valueAsNumber) ? null : input.valueAsNumber;

    function listen(id, change) {
        $(id).addEventListener('input', async () => {
            change($(id));
            settle();
            show();
            await draw();
        });
    }

    // The network that a training has at the chosen age.
    function settle() {
        if (training) { state.network = state.series < 0 ? -1 : networksNow()[state.series]; }
    }

    // The controls as the state has them.
    function show() {
        $('network').value = training ? state.series : state.network;
        $('networks').value = training ? state.age : Math.max(state.network, 0);
        $('axis').value = state.axis;
        $('slice').max = dimensions > 2 ? data.axes[state.axis].points - 1 : 0;
        $('slice').value = state.slice;
        for (const id of ['log', 'errors', 'same']) { $(id).checked = state[id]; }
    }

    function prepare() {
        const several = data.networks.length > 1;
        document.title = data.title;
        $('title').textContent = data.title;
        $('summary').textContent = data.summary;
        const names = training?.names ?? data.networks;
        fill($('network'), [...(dimensions === 1 && names.length > 1 ? [[-1, 'all']] : []), ...names.map((name, n) => [n, name])],
            state.network = several ? state.network : 0);
        $('networks').max = (training ? ages : data.networks).length - 1;
        fill($('realisation'), [...(dimensions === 1 && realisations > 1 ? [[-1, 'all, and their mean']] : []),
            ...data.realisations.map((number, r) => [r, number])], state.realisation = realisations > 1 ? state.realisation : 0);
        fill($('quantity'), data.quantities.map((q, i) => [i, q.name]), state.quantity);
        fill($('axis'), data.axes.map((axis, d) => [d, axis.name]), state.axis);
        fill($('panel'), data.panels.map((panel, i) => [i, panel.label]), 0);
        fill($('number'), data.numbers.map((number, i) => [i, number.name]), 0);
        $('low').value = state.low ?? '';
        $('high').value = state.high ?? '';
        const hidden = {'for-networks': !several, 'for-network': !several, 'for-axis': dimensions < 3,
            'for-slice': dimensions < 3, 'for-same': !several || dimensions === 1, above: dimensions === 1};
        for (const [id, hide] of Object.entries(hidden)) { $(id).hidden = hide; }
        $('panel').parentElement.parentElement.hidden = data.panels.length === 0;
        $('number').parentElement.parentElement.hidden = data.numbers.length === 0;
        for (const [term, text] of data.details) {
            const dt = document.createElement('dt'), dd = document.createElement('dd');
            dt.textContent = term;
            dd.textContent = text;
            $('details').append(dt, dd);
        }
        $('controls').addEventListener('submit', (event) => event.preventDefault());
    }

    function connect() {
        const number = (key) => (input) => { state[key] = Number(input.value); };
        const tick = (key) => (input) => { state[key] = input.checked; };
        listen('network', number(training ? 'series' : 'network'));
        listen('networks', number(training ? 'age' : 'network'));
        for (const key of ['realisation', 'quantity', 'slice', 'panel', 'number']) { listen(key, number(key)); }
        listen('axis', (input) => {
            state.axis = Number(input.value);
            state.slice = Math.floor(data.axes[state.axis].points / 2);
        });
        for (const key of ['log', 'errors', 'same']) { listen(key, tick(key)); }
        for (const key of ['low', 'high']) { listen(key, (input) => { state[key] = numberOf(input); }); }
        $('above').addEventListener('click', () => {
            fromAbove = !fromAbove;
            $('above').textContent = fromAbove ? 'from the side' : 'from above';
            return Plotly.relayout('main', {'scene.camera': camera()});
        });
    }

    window.blueshift = {data, state, drawn: 0};
    prepare();
    settle();
    show();
    await loadLibrary();
    connect();
    await draw();
})();
