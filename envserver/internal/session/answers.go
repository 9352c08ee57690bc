package session

import (
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// answered is the newest request that was carried out.
type answered struct {
	request int64
	digest  [wire.DigestSize]byte
	reply   wire.Reply
}

// keep makes r the answer to the request under way from now on.
func (p *play) keep(id int64, r *wire.Reply) {
	p.highest = max(p.highest, id)
	if p.known != nil {
		p.known[id] = struct{}{}
	}
	a := &p.latest
	a.request, a.digest, a.reply = id, p.digest, *r
	if r.Encoded != nil {
		a.reply.Timestep = nil
	}
	if r.Advice != nil {
		p.advised = append(p.advised[max(0, len(p.advised)-mostAdvised+1):], p.latest)
	}
}

// mostAdvised bounds the answers to advise that a session keeps. They are not in the
// journal: an advice changes nothing, and what was advised follows from what is there.
const mostAdvised = 256

// before answers the request under way if it was carried out before. Ids that rise need no
// search.
func (s *Session) before(id int64, r *wire.Reply) bool {
	p := &s.play
	if id > p.highest {
		return false
	}
	if id == s.opened.request {
		r.Error = wire.ErrorOf(conflict())
		return true
	}
	if id == p.latest.request {
		p.latest.repeat(p.digest, r)
		return true
	}
	for i := range p.advised {
		if p.advised[i].request == id {
			p.advised[i].repeat(p.digest, r)
			return true
		}
	}
	return s.recorded(id, r)
}

// repeat gives the answer again, to a request of the same body.
func (a *answered) repeat(digest [wire.DigestSize]byte, r *wire.Reply) {
	if digest != a.digest {
		r.Error = wire.ErrorOf(conflict())
		return
	}
	*r = a.reply
}

// recorded finds the answer to a request in the journal. It looks for it only if there is
// one: a client whose ids do not rise asks for many new ones.
func (s *Session) recorded(id int64, r *wire.Reply) (found bool) {
	if err := s.know(); err != nil {
		r.Error = wire.ErrorOf(err)
		return true
	}
	if _, known := s.play.known[id]; !known {
		return false
	}
	err := s.m.o.Journal.Answers(s.id, func(a episode.Answer) bool {
		if a.Request != id {
			return true
		}
		found = true
		switch {
		case string(a.Digest) != string(s.play.digest[:]):
			r.Error = wire.ErrorOf(conflict())
		case a.Refused != nil:
			r.Error = wire.ErrorOf(gym.Errorf(a.Refused.Code, "%s", a.Refused.Msg))
		default:
			r.Encoded = a.Timestep
		}
		return false
	})
	if err != nil {
		*r = wire.Reply{Error: wire.ErrorOf(err)}
		return true
	}
	return found
}

// know reads once which requests were carried out.
func (s *Session) know() error {
	p := &s.play
	if p.known != nil {
		return nil
	}
	known := map[int64]struct{}{p.latest.request: {}}
	err := s.m.o.Journal.Answers(s.id, func(a episode.Answer) bool {
		known[a.Request] = struct{}{}
		return true
	})
	if err == nil {
		p.known = known
	}
	return err
}
