package main

import (
	"encoding/json"
	"errors"
	"os"

	tasks "dreamgym/adapters/sites"
	"dreamgym/envserver/gym"
)

// sitesGroup is what can be done with the sites beside playing on them.
type sitesGroup struct {
	Serve sitesCmd      `cmd:"" default:"withargs" help:"Serve the sites to a person, or with --sign-in to an agent."`
	Tasks sitesTasksCmd `cmd:"" help:"Write the tasks of an environment as WebArena's files have them."`
}

type sitesTasksCmd struct {
	Env  string `arg:"" help:"Environment, such as sites/admin-v0." placeholder:"ID"`
	Seed int64  `help:"Seed of the content that the tasks are on." default:"1"`
	Out  string `help:"File to write; standard output where there is none." placeholder:"FILE"`
}

// Help is printed by sites tasks --help.
func (sitesTasksCmd) Help() string {
	return `Writes a list of tasks in the classic format of WebArena: intent, start_url and eval with string_match, url_match and
program_html. What a task changes, and that nothing else was, is judged by a page of the site, /shop/_changes, that says
what the session changed.

Serve the sites with the same seed and --sign-in; __SHOPPING__ is then http://127.0.0.1:8090/shop, and so on:
__SHOPPING_ADMIN__ is /admin, __REDDIT__ is /forum, __GITLAB__ is /code. Or give the file to a server of environments.

Examples:
  envserver sites tasks sites/admin-v0 --seed 3 --out tasks.json
  envserver sites --seed 3 --sign-in
  envserver serve --sites-tasks tasks.json`
}

// Run writes the tasks.
func (c *sitesTasksCmd) Run(a *app) (err error) {
	suite, err := tasks.Register(gym.NewRegistry(), tasks.Config{})
	if err != nil {
		return err
	}
	defer suite.Close()
	list, err := suite.Arena(a.ctx, c.Env, c.Seed)
	if err != nil {
		return err
	}
	to := a.stdout
	if c.Out != "" {
		f, failed := os.Create(c.Out)
		if failed != nil {
			return &gym.Error{Code: gym.CodeInvalidConfig, Msg: "cannot write " + c.Out, Err: failed}
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		to = f
	}
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(list)
}
