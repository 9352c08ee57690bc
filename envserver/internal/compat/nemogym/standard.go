package nemogym

import (
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/compat"
	"dreamgym/envserver/internal/compat/rest"
)

// The tools of the standard style. The first observation reaches the model by observe: what
// seed_session answers, agents keep to themselves.
const (
	toolAct     = "act"
	toolObserve = "observe"
)

// toolReply is what a model reads of a tool. The reward is not for its eyes.
type toolReply struct {
	Observation string `json:"observation"`
	Done        bool   `json:"done"`
}

// seed begins an episode.
func (f *front) seed(w http.ResponseWriter, r request) error {
	ts, err := f.begin(w, r)
	if err != nil {
		return err
	}
	rest.Write(w, http.StatusOK, resetReply{compat.Opening(ts.Observation), compat.Told(ts)})
	return nil
}

// act steps the session. What is wrong with the call, the model may mend.
func (f *front) act(w http.ResponseWriter, r request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, f.host.Limits.MessageBytes))
	if err != nil {
		return gym.Errorf(gym.CodeTooLarge, "the body is cut short, or larger than the limit: message_bytes is %d", f.host.Limits.MessageBytes)
	}
	action, err := argument(body)
	if err != nil {
		return err
	}
	s, err := f.lookUp(r)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	ts, err := s.do(action, "")
	if err == nil {
		rest.Write(w, http.StatusOK, toolReply{compat.Reading(ts.Observation), ts.Ended()})
	}
	return err
}

// observe shows the newest observation again.
func (f *front) observe(w http.ResponseWriter, r request) error {
	if err := f.read(w, r, new(struct{})); err != nil {
		return err
	}
	s, err := f.lookUp(r)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := s.lease.Touch(); err != nil {
		return err
	}
	if s.invalid != nil {
		return s.invalid
	}
	rest.Write(w, http.StatusOK, toolReply{compat.Opening(s.newest.Observation), s.newest.Ended()})
	return nil
}

// verify answers its body with what the episode's rewards add up to, and ends the session. An
// episode that was aborted has none: that is an error. One whose dream ran out of evidence is
// marked to be left out.
func (f *front) verify(w http.ResponseWriter, r request) error {
	var body map[string]jsontext.Value
	if err := f.read(w, r, &body); err != nil {
		return err
	}
	s, err := f.held(r)
	if err != nil {
		return err
	}
	defer s.mu.Unlock()
	switch {
	case s.invalid != nil:
		return s.invalid
	case s.verified.IsZero() && !s.open():
		return errUnknown()
	case s.open():
		if err := s.lease.Close(); err != nil {
			return err
		}
		s.verified = time.Now()
	}
	if body == nil {
		body = make(map[string]jsontext.Value)
	}
	for name, v := range s.verdict() {
		if body[name], err = rest.Encode(v); err != nil {
			return err
		}
	}
	rest.Write(w, http.StatusOK, body)
	return nil
}

// verdict is what verify adds.
func (s *session) verdict() map[string]any {
	return map[string]any{
		"reward": s.total, "terminated": s.newest.Terminated, "truncated": s.newest.Truncated, "info": compat.Told(s.newest),
		"mask_sample": s.newest.Info[gym.InfoStop] == gym.StopInsufficientEvidence,
	}
}

// aggregate answers the mean reward of verified episodes.
func (f *front) aggregate(w http.ResponseWriter, r request) error {
	var body struct {
		Verified []struct {
			Reward *float64       `json:"reward"`
			Masked bool           `json:"mask_sample"`
			Rest   jsontext.Value `json:",inline"`
		} `json:"verify_responses"`
	}
	if err := f.read(w, r, &body); err != nil {
		return err
	}
	metrics := map[string]any{}
	sum, n := 0.0, 0
	for _, v := range body.Verified {
		if v.Reward != nil && !v.Masked {
			sum, n = sum+*v.Reward, n+1
		}
	}
	if n > 0 {
		metrics["mean/reward"] = sum / float64(n)
	}
	rest.Write(w, http.StatusOK, map[string]any{"group_level_metrics": []any{}, "agent_metrics": metrics, "key_metrics": metrics})
	return nil
}
