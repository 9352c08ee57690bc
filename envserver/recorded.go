package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/synth/experience"
	"dreamgym/synth/fidelity"
)

// recordedFlags say which recorded transitions a command works on.
type recordedFlags struct {
	Env  string `arg:"" optional:"" help:"Environment whose recorded episodes to take, such as house/any-v0." placeholder:"ENV"`
	From string `help:"Take a file of transitions instead (JSONL, also .zst)." placeholder:"FILE" type:"existingfile"`
}

// check checks what the flags' types do not.
func (f recordedFlags) check() error {
	if (f.Env == "") == (f.From == "") {
		return errors.New("give an environment, or --from FILE")
	}
	return plain(f.Env)
}

// plain refuses an environment's id with a backend, where nothing would come of the backend.
func plain(env string) error {
	if id, _, at := strings.Cut(env, "@"); at {
		return fmt.Errorf("%q names a backend, which says nothing here: give %s", env, id)
	}
	return nil
}

// data are the episodes of the environment in the data folder, or those of the file.
func (f recordedFlags) data(a *app) (fidelity.Data, error) {
	if f.From != "" {
		rec, err := experience.ReadFile(f.From)
		if err != nil {
			return fidelity.Data{}, err
		}
		fmt.Fprintln(a.stderr, rec.Describe())
		return fidelity.FromRecording(rec), nil
	}
	registry, err := a.registry()
	if err != nil {
		return fidelity.Data{}, err
	}
	reg, err := registry.Find(f.Env)
	if err != nil {
		return fidelity.Data{}, err
	}
	return a.recorded(registry, reg)
}

// registered is an environment of this server.
func (a *app) registered(env string) (gym.Registration, error) {
	registry, err := a.registry()
	if err != nil {
		return gym.Registration{}, err
	}
	return registry.Find(env)
}

// registry has the environments of this server.
func (a *app) registry() (*gym.Registry, error) {
	s, err := config.Defaults(a.globals.Config, os.Getenv)
	if err != nil {
		return nil, err
	}
	r := gym.NewRegistry()
	_, err = register(r, s, a.globals.Data, nil, a.log) // nothing is played: there is nothing to close
	return r, err
}

// recorded reads the episodes of an environment's buffer from the data folder, without
// holding it.
func (a *app) recorded(registry *gym.Registry, reg gym.Registration) (fidelity.Data, error) {
	data := fidelity.Data{Spec: reg.Spec}
	if reg.Spec.DreamOnly {
		return a.imported(reg)
	}
	reader, err := episode.OpenReader(a.globals.Data)
	if err != nil {
		return data, err
	}
	defer reader.Close()
	_, err = reader.Episodes(a.ctx, episode.Place{}, func(ended episode.Ended) error {
		if ended.Reason == episode.Aborted {
			return nil
		}
		log, err := ended.Episode()
		if err != nil || log.Header.Backend != gym.BackendReal {
			return err
		}
		if of, err := registry.Find(log.Header.Env); err == nil && of.Spec.Buffer() == reg.Spec.Buffer() {
			add(&data, log)
		}
		return nil
	})
	if err != nil {
		return data, err
	}
	a.holdOut(&data)
	return data, nil
}

// imported are the episodes of an import.
func (a *app) imported(reg gym.Registration) (fidelity.Data, error) {
	rec, err := a.importOf(reg)
	if err != nil {
		return fidelity.Data{}, err
	}
	return fidelity.FromRecording(rec), nil
}

// importOf is the recording that an environment was imported from.
func (a *app) importOf(reg gym.Registration) (*experience.Recording, error) {
	all, err := loadImports(a.globals.Data)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(r *experience.Recording) bool { return r.Spec().ID == reg.Spec.ID })
	if i < 0 {
		return nil, gym.Errorf(gym.CodeNotAvailable, "%s has neither a real side nor an import", reg.Spec.ID)
	}
	return all[i], nil
}

// add sorts an episode by what it may be used for: an evaluation on train is of no use.
func add(data *fidelity.Data, log *episode.Episode) {
	e := experience.FromLog(log)
	if len(e.Steps) == 0 {
		return
	}
	switch {
	case log.Learnable():
		data.Train = append(data.Train, e)
	case e.Split == gym.SplitSeen:
		data.Seen = append(data.Seen, e)
	case e.Split == gym.SplitUnseen:
		data.Unseen = append(data.Unseen, e)
	}
}

// holdOut keeps every tenth training episode back where nothing else was held out.
func (a *app) holdOut(data *fidelity.Data) {
	if len(data.Seen)+len(data.Unseen) > 0 {
		return
	}
	fmt.Fprintln(a.stderr, "no episode of the splits seen and unseen is recorded: every tenth training episode is held out as seen")
	var kept []experience.Episode
	for i, e := range data.Train {
		if i%10 == 9 {
			data.Seen = append(data.Seen, e)
		} else {
			kept = append(kept, e)
		}
	}
	data.Train = kept
}
