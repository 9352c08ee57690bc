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

// keep makes r the answer to a request from now on.
func (p *play) keep(id int64, digest [wire.DigestSize]byte, r wire.Reply) {
	p.highest = max(p.highest, id)
	if p.known != nil {
		p.known[id] = struct{}{}
	}
	if r.Encoded != nil {
		r.Timestep = nil
	}
	p.latest = answered{id, digest, r}
	if r.Advice != nil {
		p.advised = append(p.advised[max(0, len(p.advised)-mostAdvised+1):], p.latest)
	}
}

// mostAdvised bounds the answers to advise that a session keeps. They are not in the
// journal: an advice changes nothing, and what was advised follows from what is there.
const mostAdvised = 256

// before answers a request that was carried out before. Ids that rise need no search.
func (s *Session) before(id int64, digest [wire.DigestSize]byte) (wire.Reply, bool) {
	p := &s.play
	if id > p.highest {
		return wire.Reply{}, false
	}
	if id == s.opened.request {
		return failed(conflict()), true
	}
	if id == p.latest.request {
		if digest != p.latest.digest {
			return failed(conflict()), true
		}
		return p.latest.reply, true
	}
	for _, a := range p.advised {
		if a.request == id {
			if digest != a.digest {
				return failed(conflict()), true
			}
			return a.reply, true
		}
	}
	return s.recorded(id, digest)
}

// recorded finds the answer to a request in the journal. It looks for it only if there is
// one: a client whose ids do not rise asks for many new ones.
func (s *Session) recorded(id int64, digest [wire.DigestSize]byte) (r wire.Reply, found bool) {
	if err := s.know(); err != nil {
		return failed(err), true
	}
	if _, known := s.play.known[id]; !known {
		return r, false
	}
	err := s.m.o.Journal.Answers(s.id, func(a episode.Answer) bool {
		if a.Request != id {
			return true
		}
		found = true
		switch {
		case string(a.Digest) != string(digest[:]):
			r = failed(conflict())
		case a.Refused != nil:
			r = failed(gym.Errorf(a.Refused.Code, "%s", a.Refused.Msg))
		default:
			r = wire.Reply{Encoded: a.Timestep}
		}
		return false
	})
	if err != nil {
		return failed(err), true
	}
	return r, found
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
