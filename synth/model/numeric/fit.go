package numeric

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// group are the steps of one action, or of all where actions are numbers.
type group struct {
	steps  []int32
	points []float64 // a row for each
	width  int
	reach  float64 // how far from the nearest recorded step there still is something to go by
}

// group puts steps apart by their actions.
func (s *space) group(steps []step, of []int32) map[string]*group {
	groups := make(map[string]*group)
	for _, i := range of {
		st := &steps[i]
		name := groupOf(st.t.Action, st.action)
		g := groups[name]
		if g == nil {
			g = &group{width: len(s.mean)}
			groups[name] = g
		}
		g.steps = append(g.steps, i)
		g.points = append(g.points, s.point(st.state, st.action)...)
	}
	for _, g := range groups {
		g.reach = g.measureReach()
	}
	return groups
}

func groupOf(name string, numbers []float64) string {
	if numbers != nil {
		return ""
	}
	return name
}

func (g *group) row(i int) []float64 { return g.points[i*g.width : (i+1)*g.width] }

// near is a step of a group and its distance.
type near struct {
	row      int
	distance float64
}

// nearest answers up to k rows, nearest first, of equally near ones the older first; without
// is left out, -1 for none.
func (g *group) nearest(p []float64, k, without int) []near {
	best := make([]near, 0, k+1)
	for i := range g.steps {
		if i == without {
			continue
		}
		d := squared(p, g.row(i))
		if len(best) == k && d >= best[k-1].distance {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, d, func(n near, d float64) int {
			if n.distance <= d {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, near{i, d})
		best = best[:min(k, len(best))]
	}
	for i := range best {
		best[i].distance = math.Sqrt(best[i].distance)
	}
	return best
}

func squared(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += (v - b[i]) * (v - b[i])
	}
	return sum
}

// probes bounds how many steps are asked for to measure something.
const probes = 400

// measureReach is three times as far as nearly all recorded steps are from the nearest other.
func (g *group) measureReach() float64 {
	if len(g.steps) < 2 {
		return 0
	}
	var distances []float64
	stride := max(1, len(g.steps)/probes)
	for i := 0; i < len(g.steps); i += stride {
		distances = append(distances, g.nearest(g.row(i), 1, i)[0].distance)
	}
	slices.Sort(distances)
	return 3 * distances[len(distances)*99/100]
}

// method is a way to use the nearest steps: their mean, or a line through them; or the one of
// those in this very state, or else in the nearest, that came about most alike.
type method struct {
	near   int
	linear bool
	past   past
}

// past says which of the steps before tell states apart that show the same.
type past int

const (
	noPast    past = iota
	wholePast      // all
	shownPast      // those that changed what is shown
)

// methods are those that are tried, over so many numbers.
func methods(width int) []method {
	all := []method{{near: 1}, {near: 1, past: wholePast}, {near: 1, past: shownPast}, {near: 8}, {near: 32}}
	if width <= widest {
		for _, n := range []int{2, 6, 20} {
			all = append(all, method{near: n*(width+1) + 8, linear: true})
		}
	}
	return all
}

// widest bounds the numbers over which a line is fitted: a fit costs their cube.
const widest = 40

// ridge keeps a line level where the steps do not tell its slope.
const ridge = 1e-3

// fitted is what the steps around say of a change.
type fitted struct {
	change []float64   // in units of one step's spread; the reward comes last
	rest   [][]float64 // by row: what the fit does not explain
	rows   []near
	weight []float64
}

// fit says what the steps around p changed. target answers a step's change, alike how much of
// what came before a step is as it is now.
func (g *group) fit(p []float64, m method, target func(step int32) []float64, alike func(step int32) int) fitted {
	f := fitted{rows: g.nearest(p, m.near, -1)}
	if m.past != noPast {
		f.rows[0].row = g.mostAlike(p, f.rows[0], alike)
	}
	f.weight = weights(f.rows)
	changes := make([][]float64, len(f.rows))
	for i, r := range f.rows {
		changes[i] = target(g.steps[r.row])
	}
	slopes := g.slopes(p, m, &f, changes)
	if slopes == nil {
		f.level(changes)
		return f
	}
	f.change = mat.Row(nil, 0, slopes)
	for i, r := range f.rows {
		at := lever(p, g.row(r.row))
		rest := slices.Clone(changes[i])
		for d := range rest {
			rest[d] -= mat.Dot(mat.NewVecDense(len(at), at), slopes.ColView(d))
		}
		f.rest = append(f.rest, rest)
	}
	return f
}

// mostAlike is the row, of those as near as the nearest, that came about most alike; the oldest
// of equals.
func (g *group) mostAlike(p []float64, nearest near, alike func(step int32) int) int {
	best, most := nearest.row, -1
	for i, step := range g.steps {
		if math.Sqrt(squared(p, g.row(i))) > nearest.distance {
			continue
		}
		if n := alike(step); n > most {
			best, most = i, n
		}
	}
	return best
}

// weights fall from 1 at the point itself to little at the farthest row (the tricube kernel).
func weights(rows []near) []float64 {
	all := make([]float64, len(rows))
	farthest := rows[len(rows)-1].distance * 1.05
	for i, r := range rows {
		all[i] = 1
		if farthest > 0 {
			u := r.distance / farthest
			all[i] = math.Pow(1-u*u*u, 3)
		}
	}
	return all
}

// level takes the weighted mean.
func (f *fitted) level(changes [][]float64) {
	f.change = make([]float64, len(changes[0]))
	sum := 0.0
	for i, c := range changes {
		sum += f.weight[i]
		for d, v := range c {
			f.change[d] += f.weight[i] * v
		}
	}
	for d := range f.change {
		f.change[d] /= sum
	}
	for _, c := range changes {
		rest := slices.Clone(c)
		for d := range rest {
			rest[d] -= f.change[d]
		}
		f.rest = append(f.rest, rest)
	}
}

// lever is a row as seen from p: 1 for the level, then how far away it is.
func lever(p, row []float64) []float64 {
	at := make([]float64, 1, 1+len(p))
	at[0] = 1
	for i := range p {
		at = append(at, row[i]-p[i])
	}
	return at
}

// slopes fits a line by weighted least squares, level first; nil where there are too few rows,
// or all are in one place.
func (g *group) slopes(p []float64, m method, f *fitted, changes [][]float64) *mat.Dense {
	n, width := len(f.rows), len(p)+1
	if !m.linear || n < width+2 || f.rows[n-1].distance == 0 {
		return nil
	}
	levers, targets := mat.NewDense(n, width, nil), mat.NewDense(n, len(changes[0]), nil)
	for i, r := range f.rows {
		root := math.Sqrt(f.weight[i])
		for j, v := range lever(p, g.row(r.row)) {
			levers.Set(i, j, root*v)
		}
		for j, v := range changes[i] {
			targets.Set(i, j, root*v)
		}
	}
	var normal mat.SymDense
	normal.SymOuterK(1, levers.T())
	far := f.rows[n-1].distance
	for j := 1; j < width; j++ {
		normal.SetSym(j, j, normal.At(j, j)+ridge*far*far)
	}
	var moments, slopes mat.Dense
	moments.Mul(levers.T(), targets)
	var c mat.Cholesky
	if !c.Factorize(&normal) || c.SolveTo(&slopes, &moments) != nil {
		return nil
	}
	return &slopes
}
