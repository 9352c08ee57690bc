package main

type envsCmd struct{}
func (envsCmd) Run(*app) error { return nil }
type collectCmd struct{}
func (collectCmd) Run(*app) error { return nil }
type evaluateCmd struct{}
func (evaluateCmd) Run(*app) error { return nil }
type episodesCmd struct{}
func (episodesCmd) Run(*app) error { return nil }
type replayCmd struct{}
func (replayCmd) Run(*app) error { return nil }
type doctorCmd struct{}
func (doctorCmd) Run(*app) error { return nil }
type configCmd struct{}
func (configCmd) Run(*app) error { return nil }
