package analogy

// fact is what stood in a place of a piece in one recorded episode.
type fact struct{ episode, value string }

// mostFacts bounds how many episodes are remembered for a place of a scene: the newest.
const mostFacts = 8

// learnFacts keeps what the recordings of a scene first showed in each place of a piece.
func (k *knowledge) learnFacts(eps []episodeOf) {
	k.facts = map[string]map[string][]fact{}
	for _, ep := range eps {
		scene := ep[0].Scene
		if k.facts[scene] == nil {
			k.facts[scene] = map[string][]fact{}
		}
		first := map[string]bool{}
		note := func(text string) {
			for _, p := range k.lex.readText(text).pieces {
				place := p.template
				for _, e := range p.ents {
					if !first[place] {
						first[place] = true
						all := append(k.facts[scene][place], fact{ep[0].Episode, e})
						k.facts[scene][place] = all[max(0, len(all)-mostFacts):]
					}
					place = placeAfter(place, e)
				}
			}
		}
		note(ep[0].State)
		for _, t := range ep {
			note(t.Next)
		}
	}
}

// known is what the recordings of the scene, but for the episode's own, had in a place
// most often.
func (b *belief) known(place string) (string, bool) {
	n := map[string]int{}
	for _, f := range b.facts[place] {
		if f.episode != b.episode {
			n[f.value]++
		}
	}
	return commonest(n), len(n) > 0
}
