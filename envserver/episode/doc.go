// Package episode holds what happened: an append-only log of every episode, enough
// to replay or audit it anywhere, and to resume or fork it where its environment is
// deterministic or dreamed.
//
// # The log
//
// A data folder holds episodes/000001.seg, 000002.seg, …: records in the order in
// which they were written. A record is framed (length, CRC32C, kind, id, and the
// place of the record before it in its chain) and its payload is MessagePack. What a
// session did is one chain, from its opening on: headers, steps and ends of its
// episodes, refusals. An episode without a session is a chain by itself. So the place
// of its last record is all that is needed to read an episode. A segment begins with a
// checkpoint of the open chains, so that opening the log reads the last segment alone.
//
// # Writing
//
// Every call returns when its records are written (durability "process": they survive
// the death of the process; "sync": that of the machine). Calls of many goroutines are
// written together. After a failed call nothing of it is there.
//
//	l, err := episode.Open(dir, episode.Options{})
//	err = l.OpenSession(episode.Session{ID: "s1"})         // before anything else of the session
//	err = l.Begin(header, first, encoded)                  // header and step 0: the reset's answer
//	err = l.AppendStep(header.ID, step, encoded)           // with the End, where the timestep is the last
//	err = l.AppendEnd(header.ID, episode.End{Reason: episode.Aborted, Code: gym.CodeEnvCrashed})
//	err = l.Refuse("s1", episode.Refusal{Request: 7})      // an error that was answered: exactly once, too
//	err = l.CloseSession("s1", episode.Closing{})
//
// encoded is the timestep as the wire's MessagePack has it; it is stored as it is. With
// nil the log encodes step.Timestep itself. Reward, Terminated and Truncated of
// step.Timestep are read in any case.
//
// # After a restart
//
//	l.Sessions()               // open sessions, each with the id of its running episode
//	l.Session(id)              // one of them
//	l.Answer(session, request) // the answer once given to a request of an open session
//	l.Answers(session, fn)     // all answers, newest first
//	l.Running(id)              // a running episode as far as it has come
//
// # Reading
//
// A Reader needs no lock and may read a folder that a server writes; a Log has the same
// methods.
//
//	r.Read(place)             // one episode, by the place of its last record
//	r.Episodes(ctx, from, fn) // every episode that ended, in order of end
//	r.Scan(ctx, from, fn)     // every record from a place on
//	r.Check(ctx)              // what cannot be read, anywhere
//	l.Follow(ctx, from, fn)   // every episode that ended, and then those to come, each once
package episode
