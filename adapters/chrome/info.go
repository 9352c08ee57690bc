package chrome

import "dreamgym/envserver/gym"

// Note adds to a timestep's info what is worth knowing of the observation and is not in its
// text.
func (o Observation) Note(info gym.Info) gym.Info {
	if o.Partial {
		info[gym.InfoPartial] = true
	}
	if o.Problem != "" {
		info[gym.InfoActionError] = o.Problem
	}
	if len(o.Refused) > 0 {
		info[gym.InfoRefused] = o.Refused
	}
	if o.Closed > 0 {
		info[gym.InfoTabsClosed] = o.Closed
	}
	return info
}
