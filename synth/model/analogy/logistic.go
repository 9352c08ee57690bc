package analogy

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// logistic is how likely something is by weighted signs; the last weight stands alone.
type logistic []float64

const (
	ridge     = 0.02 // of a case: keeps weights finite where signs part all cases
	rounds    = 12   // of Newton's method
	mostFolds = 20   // in which forms are held out
)

// fitLogistic finds the weights under which what came is likeliest, by Newton's method. A penalty
// that grows with a sign's spread keeps them small where signs part all cases.
func fitLogistic(rows [][]float64, yes []bool) logistic {
	n := len(rows[0]) + 1
	w, ridge := make(logistic, n), make([]float64, n)
	column := make([]float64, len(rows))
	for j := range n {
		for r, row := range rows {
			column[r] = at(row, j)
		}
		ridge[j] = max(1e-6, stat.PopVariance(column, nil))
	}
	for range rounds {
		slope, bend := mat.NewVecDense(n, nil), mat.NewSymDense(n, nil)
		for k := range n {
			slope.SetVec(k, -ridge[k]*w[k])
			bend.SetSym(k, k, ridge[k])
		}
		for r, row := range rows {
			p := w.of(row)
			for j := range n {
				slope.SetVec(j, slope.AtVec(j)+at(row, j)*(whole(yes[r])-p))
				for k := j; k < n; k++ {
					bend.SetSym(j, k, bend.At(j, k)+p*(1-p)*at(row, j)*at(row, k))
				}
			}
		}
		var chol mat.Cholesky
		var step mat.VecDense
		if !chol.Factorize(bend) || chol.SolveVecTo(&step, slope) != nil {
			break
		}
		for k := range w {
			w[k] += step.AtVec(k)
		}
	}
	return w
}

// at is sign j of a row, 1 after the last.
func at(row []float64, j int) float64 {
	if j < len(row) {
		return row[j]
	}
	return 1
}

// of is how likely it is by a row of signs.
func (w logistic) of(row []float64) float64 {
	sum := 0.0
	for j, x := range w {
		sum += x * at(row, j)
	}
	return 1 / (1 + math.Exp(-sum))
}

// leastLikely is the least likelihood from which nineteen of twenty ends were successes, each judged by what
// the other forms taught; 0 for none.
func leastLikely(rows [][]float64, reached []bool, forms []string) float64 {
	told := make([]float64, len(rows))
	fold := map[string]int{}
	for _, f := range forms {
		fold[f] = 0
	}
	for n, f := range keys(fold) {
		fold[f] = n % mostFolds
	}
	for n := range min(mostFolds, len(fold)) {
		var others [][]float64
		var so []bool
		for i := range rows {
			if fold[forms[i]] != n {
				others, so = append(others, rows[i]), append(so, reached[i])
			}
		}
		w := fitLogistic(others, so)
		for i := range rows {
			if fold[forms[i]] == n {
				told[i] = w.of(rows[i])
			}
		}
	}
	for _, least := range []float64{0.5, 0.6, 0.7, 0.8, 0.9} {
		n := tally{}
		for i, p := range told {
			if p >= least {
				n.add(reached[i])
			}
		}
		if n.yes >= leastFulfilled && n.yes >= 19*n.no {
			return least
		}
	}
	return 0
}
