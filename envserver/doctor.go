package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"dreamgym/adapters/chrome"
	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/internal/config"
	"dreamgym/envserver/internal/store"
)

type doctorCmd struct {
	Listen  string `help:"Address that serve would listen on." default:"127.0.0.1:8000" env:"DREAMGYM_LISTEN"`
	Chrome  string `help:"Chrome's executable; found by itself when empty." placeholder:"FILE" env:"DREAMGYM_CHROME"`
	Venv    string `help:"Virtual environment of the Python client." default:".venv" placeholder:"DIR" env:"DREAMGYM_VENV"`
	Rebuild bool   `help:"Make the catalogue of episodes anew from the log, first."`
	Deep    bool   `help:"Read the whole log and look for damage."`

	// Model is looked at where it is behind an endpoint.
	Model config.Model `embed:""`
}

// Help is printed by doctor --help.
func (doctorCmd) Help() string {
	return `Looks at everything that the server and the Python client rest on. What is not well is shown with the
command that mends it; the exit status is then 1.

Examples:
  envserver doctor
  envserver doctor --data /srv/dreamgym --deep
  envserver doctor --rebuild`
}

// finding is one thing that was looked at.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Seen string `json:"seen"`
	Cure string `json:"cure,omitempty"`
}

// Run looks at everything.
func (c *doctorCmd) Run(a *app) error {
	if c.Rebuild {
		if err := a.rebuild(); err != nil {
			return err
		}
	}
	findings := []finding{
		c.chrome(), interpreter(a.ctx), c.venv(a.ctx), c.port(a.globals.Data), disk(a.globals.Data), dataFolder(a.globals.Data), a.catalogue(),
	}
	if c.Model.Remote() {
		findings = append(findings, c.endpoint(a))
	}
	if c.Deep {
		findings = append(findings, a.damage())
	}
	bad := 0
	for _, f := range findings {
		if !f.OK {
			bad++
		}
	}
	if err := a.printFindings(findings); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d are not well", bad, len(findings))
	}
	return nil
}

func (a *app) printFindings(all []finding) error {
	if a.globals.JSON {
		return a.printJSON(map[string]any{"findings": all})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	for _, f := range all {
		state := "ok"
		if !f.OK {
			state = "MISSING"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", state, f.What, f.Seen)
		if f.Cure != "" {
			fmt.Fprintf(w, "\t\tmend with: %s\n", f.Cure)
		}
	}
	return w.Flush()
}

func (c *doctorCmd) chrome() finding {
	path, err := chrome.Find(c.Chrome)
	if err != nil {
		return finding{What: "Chrome", Seen: "not found; miniwob/* needs it", Cure: "apt-get install -y chromium-headless-shell   (or: chromium)"}
	}
	return finding{What: "Chrome", OK: true, Seen: path}
}

// endpoint asks the language model's endpoint for its models.
func (c *doctorCmd) endpoint(a *app) finding {
	e := c.Model.Endpoint
	f := finding{What: "Language model", Seen: fmt.Sprintf("%s at %s", e.Name, e.URL)}
	e.Retries = 0
	ctx, cancel := context.WithTimeout(a.ctx, 20*time.Second)
	defer cancel()
	client, err := newClient(e, "--model-", nil, nil)
	if err == nil {
		defer client.Close()
		err = client.Check(ctx)
	}
	if err != nil {
		f.Cure = gym.AsError(err).Msg
		return f
	}
	f.OK = true
	return f
}

// oldestPython is the oldest Python that the client runs on.
const oldestPython = "3.11"

func interpreter(ctx context.Context) finding {
	f := finding{What: "Python", Cure: "apt-get install -y python3 python3-venv"}
	out, err := output(ctx, "python3", "-c", "import sys; print('.'.join(map(str, sys.version_info[:3])), sys.version_info >= (3, 11))")
	seen, new, _ := strings.Cut(out, " ")
	switch {
	case err != nil:
		f.Seen = "python3 was not found"
	case new != "True":
		f.Seen = seen + "; the client needs " + oldestPython
	default:
		f.OK, f.Seen, f.Cure = true, seen, ""
	}
	return f
}

func (c *doctorCmd) venv(ctx context.Context) finding {
	f := finding{What: "Python client", Cure: "python3 -m venv " + c.Venv + " && " + c.Venv + "/bin/pip install ./clients/python"}
	out, err := output(ctx, filepath.Join(c.Venv, "bin", "python"), "-c", "import dreamgym; print(getattr(dreamgym, '__version__', ''))")
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		f.Seen = "no virtual environment at " + c.Venv
	case err != nil:
		f.Seen = "dreamgym cannot be imported from " + c.Venv
	default:
		f.OK, f.Seen, f.Cure = true, "dreamgym "+out, ""
	}
	return f
}

// output runs a program for a few seconds at most.
func output(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	return strings.TrimSpace(string(out)), err
}

// port tells whether the address is free, or a server of this data folder has it.
func (c *doctorCmd) port(data string) finding {
	l, err := net.Listen("tcp", c.Listen)
	if err == nil {
		l.Close()
		return finding{What: "address", OK: true, Seen: c.Listen + " is free"}
	}
	if h, err := episode.FindHolder(data); err == nil && h != nil && strings.HasSuffix(h.URL, "/"+c.Listen) {
		return finding{What: "address", OK: true, Seen: "this data folder is served at " + h.URL}
	}
	return finding{What: "address", Seen: "another program listens on " + c.Listen, Cure: "envserver serve --listen 127.0.0.1:0"}
}

// leastDisk is how much room a data folder should have.
const leastDisk = 1 << 30

func disk(data string) finding {
	dir := data
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return finding{What: "disk", Seen: "the room on the disk of " + dir + " is not known", Cure: "df -h " + dir}
	}
	free := int64(s.Bavail) * s.Bsize
	f := finding{What: "disk", OK: free >= leastDisk, Seen: fmt.Sprintf("%.1f GiB free for %s", float64(free)/(1<<30), data)}
	if !f.OK {
		f.Cure = "envserver episodes prune --keep-mb 500"
	}
	return f
}

// dataFolder tells whether the folder can be written, without changing it.
func dataFolder(data string) finding {
	f := finding{What: "data folder"}
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.OK, f.Seen = true, data+" will be made"
		return f
	case err != nil || !info.IsDir():
		f.Seen, f.Cure = data+" is not a folder", "envserver serve --data DIR"
		return f
	case syscall.Access(data, 2) != nil: // W_OK
		f.Seen, f.Cure = data+" may not be written", "chown -R $USER "+data
		return f
	}
	holder, err := episode.FindHolder(data)
	switch {
	case err != nil:
		f.Seen, f.Cure = data+" cannot be locked", "chown -R $USER "+data
	case holder != nil:
		f.OK, f.Seen = true, fmt.Sprintf("%s is served by process %d at %s", data, holder.PID, holder.URL)
	default:
		f.OK, f.Seen = true, data
	}
	return f
}

// catalogue tells whether the catalogue can be opened and agrees with the log.
func (a *app) catalogue() finding {
	f := finding{What: "catalogue"}
	if _, err := os.Stat(filepath.Join(a.globals.Data, "format.json")); errors.Is(err, fs.ErrNotExist) {
		f.OK, f.Seen = true, "no episodes yet"
		return f
	}
	err := a.withCatalogue(func(s *store.Store) error {
		counts, err := s.Counts(a.ctx)
		n := 0
		for _, c := range counts {
			n += c.Episodes
		}
		f.OK, f.Seen = err == nil, fmt.Sprintf("%d episodes", n)
		return err
	})
	if err != nil {
		f.OK, f.Seen, f.Cure = false, explainShort(err), "envserver doctor --rebuild"
	}
	return f
}

// damage reads the whole log.
func (a *app) damage() finding {
	f := finding{What: "log"}
	r, err := episode.OpenReader(a.globals.Data)
	if err != nil {
		f.Seen = explainShort(err)
		return f
	}
	defer r.Close()
	all, err := r.Check(a.ctx)
	switch {
	case err != nil:
		f.Seen = explainShort(err)
	case len(all) > 0:
		f.Seen = fmt.Sprintf("%d damaged stretches, the first of %d bytes at %s: the episodes in them are lost", len(all), all[0].Bytes, all[0].At)
		f.Cure = "restore the data folder from a backup, or go on without these episodes"
	default:
		f.OK, f.Seen = true, "no damage"
	}
	return f
}

// explainShort is an error's message alone.
func explainShort(err error) string { return gym.AsError(err).Msg }

// rebuild makes the catalogue anew.
func (a *app) rebuild() (err error) {
	log, err := episode.Open(a.globals.Data, episode.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	s, err := store.Rebuild(a.ctx, a.globals.Data, log.Reader)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stderr, "the catalogue was made anew from the log")
	return s.Close()
}
