// Package config reads the command line, the environment and the configuration file, in
// this order of precedence; nothing else does.
package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"dreamgym/envserver/episode"
	"dreamgym/envserver/gym"
	"dreamgym/envserver/wire"
)

// Globals are the flags of every command.
type Globals struct {
	Data     string           `help:"Data folder: episodes and their catalogue." default:"./data" placeholder:"DIR" env:"DREAMGYM_DATA"`
	JSON     bool             `help:"Print the result as JSON." name:"json" env:"DREAMGYM_JSON"`
	Config   string           `help:"Configuration file (YAML); its keys are the names of flags." placeholder:"FILE" env:"DREAMGYM_CONFIG"`
	LogLevel string           `help:"Least level that is logged: ${enum}." default:"info" enum:"debug,info,warn,error" env:"DREAMGYM_LOG_LEVEL"`
	Version  kong.VersionFlag `help:"Print the version."`
}

// DurabilityNone, as a Durability: episodes are not recorded at all.
const DurabilityNone episode.Durability = "none"

// Server is what a server is told. Its flags are those of serve.
type Server struct {
	Listen      string             `help:"Address to listen on. Beyond loopback a token is required." default:"127.0.0.1:8000" placeholder:"ADDR" env:"DREAMGYM_LISTEN"`
	Token       string             `help:"Bearer token that requests must carry; set it in the environment rather than here, where others can read it." placeholder:"TOKEN" env:"DREAMGYM_TOKEN"`
	TokenFile   string             `help:"File that holds the token." placeholder:"FILE" env:"DREAMGYM_TOKEN_FILE"`
	AllowOrigin []string           `help:"Origins, such as https://example.org, whose pages may connect beside the server's own; * allows any." placeholder:"ORIGIN" env:"DREAMGYM_ALLOW_ORIGIN"`
	Durability  episode.Durability `help:"What a recorded step survives: process (a crash of the server), sync (loss of power), none (nothing is recorded)." default:"process" enum:"process,sync,none" env:"DREAMGYM_DURABILITY"`
	Model       Model              `embed:""`
	BufferSize  int                `help:"Transitions that an experience buffer keeps, the newest; 0: all." default:"1000000" env:"DREAMGYM_BUFFER_SIZE"`
	TestEnvs    bool               `help:"Register test/echo-v0." env:"DREAMGYM_TEST_ENVS"`
	Chrome      string             `help:"Chrome's executable; found by itself when empty." placeholder:"FILE" env:"DREAMGYM_CHROME"`
	ChromeSteps int                `help:"Steps that Chrome carries out at a time; more only add latency." default:"4" env:"DREAMGYM_CHROME_STEPS"`
	ChromeLive  int                `help:"Pages of an adapter that keep their browser context; of more, those left alone longest are parked." default:"64" env:"DREAMGYM_CHROME_LIVE"`
	ChromeReal  bool               `help:"Pages see the machine's clock and its chance, instead of a clock that only steps move on and a fixed seed." name:"chrome-real-time" env:"DREAMGYM_CHROME_REAL_TIME"`
	ChromeViews []string           `help:"Further views that pages are observed with: axtree_txt, pruned_html, screenshot, som (a screenshot with the elements' ids), pages (addresses and titles)." placeholder:"VIEW" env:"DREAMGYM_CHROME_VIEWS"`
	Uploads     string             `help:"Folder whose files upload_file may name; none when empty." placeholder:"DIR" env:"DREAMGYM_CHROME_UPLOADS" name:"chrome-uploads"`
	SitesTasks  string             `help:"File of tasks over the sites in WebArena's classic format, played as sites/webarena-v0." placeholder:"FILE" env:"DREAMGYM_SITES_TASKS"`
	Python      string             `help:"Python whose packages hold miniwob and gymnasium; .venv/bin/python, else python3, when empty." placeholder:"FILE" env:"DREAMGYM_PYTHON"`

	PythonEnv       []string      `help:"Gymnasium environment to host as python/ID: its id, or a JSON object with \"id\" and options; separated by semicolons, or repeated." sep:";" placeholder:"ID" env:"DREAMGYM_PYTHON_ENV"`
	PythonPath      []string      `help:"Folders with modules of hosted environments." placeholder:"DIR" env:"DREAMGYM_PYTHON_PATH"`
	PythonWorkers   int           `help:"Processes of one hosted environment; 0: as many as there are processors." default:"0" env:"DREAMGYM_PYTHON_WORKERS"`
	PythonPerWorker int           `help:"Hosted environments in one process; what kills the process ends the episodes of all." default:"64" env:"DREAMGYM_PYTHON_PER_WORKER"`
	PythonMemory    int64         `help:"MiB of memory that such a process may have; 0: no bound." default:"2048" env:"DREAMGYM_PYTHON_MEMORY"`
	PythonCPU       time.Duration `help:"Processor time that it may take for the steps of one message, in whole seconds; 0: no bound." default:"60s" name:"python-cpu" env:"DREAMGYM_PYTHON_CPU"`

	RemoteEnv []string `help:"Environment of an OpenEnv server to play as remote/NAME: NAME=URL, or a JSON object with \"name\", \"url\" and options; separated by semicolons, or repeated." sep:";" placeholder:"NAME=URL" env:"DREAMGYM_REMOTE_ENV"`

	CompatBackend string        `help:"What plays for clients of other protocols that do not say: real or dream; the environment's own when empty." enum:",real,dream" default:"" env:"DREAMGYM_COMPAT_BACKEND"`
	CompatEnv     string        `help:"The environment for clients of other protocols that name none, as TRL's OpenRewardSpec without env_name; none when empty." placeholder:"ID" env:"DREAMGYM_COMPAT_ENV"`
	AgentGymEnv   []string      `help:"A name under /agentgym and its environment, as webshop=shop/any-v0; separated by semicolons, or repeated." name:"agentgym-env" sep:";" placeholder:"NAME=ID" env:"DREAMGYM_AGENTGYM_ENV"`
	CompatWait    time.Duration `help:"How long such a client waits for room when the server is full." default:"3s" env:"DREAMGYM_COMPAT_WAIT"`

	MaxMessage            int64         `help:"Bytes of the largest message." default:"16777216" env:"DREAMGYM_MAX_MESSAGE"`
	MaxConnections        int           `help:"Connections at once, OpenEnv's included." default:"20000" env:"DREAMGYM_MAX_CONNECTIONS"`
	MaxSessions           int           `help:"Sessions at once." default:"16384" env:"DREAMGYM_MAX_SESSIONS"`
	SessionsPerConnection int           `help:"Sessions of one connection." default:"4096" env:"DREAMGYM_SESSIONS_PER_CONNECTION"`
	MaxBatch              int           `help:"Requests in one batch." default:"4096" env:"DREAMGYM_MAX_BATCH"`
	Queue                 int           `help:"Requests that may wait in one session." default:"64" env:"DREAMGYM_QUEUE"`
	StepTimeout           time.Duration `help:"Longest time for a step." default:"30s" env:"DREAMGYM_STEP_TIMEOUT"`
	ResetTimeout          time.Duration `help:"Longest time for a reset." default:"2m" env:"DREAMGYM_RESET_TIMEOUT"`
	IdleTimeout           time.Duration `help:"A session without requests, and a connection without sessions and requests, is closed after this time." default:"15m" env:"DREAMGYM_IDLE_TIMEOUT"`
	Grace                 time.Duration `help:"How long a session waits for its client after a lost connection." default:"2m" env:"DREAMGYM_GRACE"`
	PingEvery             time.Duration `help:"Time between pings to clients." default:"20s" env:"DREAMGYM_PING_EVERY"`
	WriteTimeout          time.Duration `help:"How long a client may take to read a reply." default:"10s" env:"DREAMGYM_WRITE_TIMEOUT"`
	DrainTimeout          time.Duration `help:"How long a shutdown waits for steps under way." default:"30s" env:"DREAMGYM_DRAIN_TIMEOUT"`
}

// Limits are what clients are told.
func (s Server) Limits() wire.Limits {
	return wire.Limits{
		MessageBytes: s.MaxMessage, Sessions: s.MaxSessions, SessionsPerConnection: s.SessionsPerConnection,
		Batch: s.MaxBatch, QueuePerSession: s.Queue,
		StepTimeoutMS: s.StepTimeout.Milliseconds(), ResetTimeoutMS: s.ResetTimeout.Milliseconds(),
		IdleTimeoutMS: s.IdleTimeout.Milliseconds(), GraceMS: s.Grace.Milliseconds(),
	}
}

// Validate reports every fault at once, and takes the token out of its file.
func (s *Server) Validate() error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := s.readToken(); err != nil {
		errs = append(errs, err)
	}
	host, _, err := net.SplitHostPort(s.Listen)
	switch {
	case err != nil:
		fault("--listen %q: give HOST:PORT", s.Listen)
	case s.Token == "" && !loopback(host):
		fault("--listen %s is beyond loopback: set a token in DREAMGYM_TOKEN or --token-file", s.Listen)
	}
	for name, n := range map[string]int64{
		"max-message": s.MaxMessage, "max-connections": int64(s.MaxConnections), "max-sessions": int64(s.MaxSessions),
		"sessions-per-connection": int64(s.SessionsPerConnection), "max-batch": int64(s.MaxBatch), "queue": int64(s.Queue),
		"python-per-worker": int64(s.PythonPerWorker),
	} {
		if n < 1 {
			fault("--%s must be at least 1", name)
		}
	}
	for name, d := range map[string]time.Duration{
		"step-timeout": s.StepTimeout, "reset-timeout": s.ResetTimeout, "idle-timeout": s.IdleTimeout, "grace": s.Grace,
		"ping-every": s.PingEvery, "compat-wait": s.CompatWait, "write-timeout": s.WriteTimeout, "drain-timeout": s.DrainTimeout,
	} {
		if d < time.Millisecond {
			fault("--%s must be at least 1ms", name)
		}
	}
	for name, n := range map[string]int64{
		"buffer-size": int64(s.BufferSize), "python-workers": int64(s.PythonWorkers), "python-memory": s.PythonMemory, "python-cpu": int64(s.PythonCPU),
	} {
		if n < 0 {
			fault("--%s must not be negative", name)
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return invalid(errs)
}

func (s *Server) readToken() error {
	if s.TokenFile == "" {
		return nil
	}
	if s.Token != "" {
		return errors.New("--token and --token-file: give one of them")
	}
	b, err := os.ReadFile(s.TokenFile)
	if err != nil {
		return fmt.Errorf("--token-file: %w", err)
	}
	if s.Token = strings.TrimSpace(string(b)); s.Token == "" {
		return errors.New("--token-file is empty")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// invalid makes one error of many, nil of none.
func invalid(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return &gym.Error{Code: gym.CodeInvalidConfig, Msg: errors.Join(errs...).Error()}
}

// Source is where configuration comes from.
type Source struct {
	Args    []string
	Getenv  func(string) string
	Stdout  io.Writer
	Stderr  io.Writer
	Version string
	// Description opens the help.
	Description string
}

// Parse fills cli, a structure of kong's, and answers the chosen command. Help and
// version are printed and answered with ErrPrinted.
func Parse(cli any, s Source) (cmd *kong.Context, err error) {
	defer func() {
		if p := recover(); p != nil {
			if p != ErrPrinted {
				panic(p)
			}
			err = ErrPrinted
		}
	}()
	parser, err := kong.New(cli, kong.Name("envserver"), kong.Description(s.Description), kong.Vars{"version": s.Version},
		kong.Writers(s.Stdout, s.Stderr), kong.Exit(func(int) { panic(ErrPrinted) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}))
	if err != nil {
		return nil, err
	}
	file, err := readFile(configPath(s), parser.Model)
	if err != nil {
		return nil, err
	}
	if err := kong.Resolvers(file.resolver(s.Getenv)).Apply(parser); err != nil {
		return nil, err
	}
	cmd, err = parser.Parse(s.Args)
	if err != nil {
		return nil, &gym.Error{Code: gym.CodeInvalidConfig, Msg: err.Error(), Err: err}
	}
	return cmd, nil
}

// ErrPrinted says that help or the version was printed and nothing is left to do.
var ErrPrinted = errors.New("printed")

// configPath finds --config before the flags are parsed: they need the file.
func configPath(s Source) string {
	for i, a := range s.Args {
		if path, ok := strings.CutPrefix(a, "--config="); ok {
			return path
		}
		if a == "--config" && i+1 < len(s.Args) {
			return s.Args[i+1]
		}
		if a == "--" {
			break
		}
	}
	return s.Getenv("DREAMGYM_CONFIG")
}

// settings are the values of a configuration file, by flag.
type settings map[string]any

// readFile reads a configuration file strictly: every key is the name of a flag, every
// value of its type. All faults are reported at once.
func readFile(path string, model *kong.Application) (settings, error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &gym.Error{Code: gym.CodeInvalidConfig, Msg: "the configuration file cannot be read: " + err.Error(), Err: err}
	}
	var file settings
	if err := yaml.Unmarshal(b, &file); err != nil {
		return nil, &gym.Error{Code: gym.CodeInvalidConfig, Msg: "the configuration file is not YAML: " + err.Error(), Err: err}
	}
	return file, invalid(file.faults(path, model))
}

// faults lists what is wrong with the file's values.
func (f settings) faults(path string, model *kong.Application) (errs []error) {
	flags := make(map[string][]*kong.Flag)
	kong.Visit(model, func(n kong.Visitable, next kong.Next) error {
		if flag, ok := n.(*kong.Flag); ok {
			flags[flag.Name] = append(flags[flag.Name], flag)
		}
		return next(nil)
	})
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if len(flags[name]) == 0 || name == "config" || name == "help" || name == "version" {
			errs = append(errs, fmt.Errorf("%s: there is no setting %q", path, name))
			continue
		}
		flag := flags[name][0]
		v, err := flagValue(f[name], flag)
		if err == nil {
			err = flag.Parse(kong.Scan().PushTyped(v, kong.FlagValueToken), reflect.New(flag.Target.Type()).Elem())
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", path, name, err))
		}
	}
	return errs
}

// flagValue gives a YAML value the form that a flag is parsed from. A map in a list
// becomes a JSON object.
func flagValue(v any, flag *kong.Flag) (any, error) {
	switch v := v.(type) {
	case string, bool:
		return v, nil
	case int, float64:
		return fmt.Sprint(v), nil
	case []any:
		return joined(v, string(flag.Tag.Sep))
	}
	return nil, fmt.Errorf("a value of this kind is not understood: %v", v)
}

// joined writes a list as a flag takes it: the separator stands between elements, and
// escaped within them.
func joined(list []any, sep string) (string, error) {
	var all []string
	for _, e := range list {
		s := fmt.Sprint(e)
		if reflect.ValueOf(e).Kind() == reflect.Map {
			b, err := json.Marshal(e)
			if err != nil {
				return "", err
			}
			s = string(b)
		}
		all = append(all, strings.ReplaceAll(s, sep, `\`+sep))
	}
	return strings.Join(all, sep), nil
}

// resolver gives flags that neither the command line nor the environment sets the
// file's values.
func (f settings) resolver(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		v, ok := f[flag.Name]
		if !ok || slices.ContainsFunc(flag.Envs, func(name string) bool { return getenv(name) != "" }) {
			return nil, nil
		}
		return flagValue(v, flag)
	})
}

// Defaults are a server's settings where the command line has none: the file's and the
// environment's.
func Defaults(path string, getenv func(string) string) (Server, error) {
	var s struct {
		Globals
		Server
	}
	var args []string
	if path != "" {
		args = []string{"--config", path}
	}
	_, err := Parse(&s, Source{Args: args, Getenv: getenv, Stdout: io.Discard, Stderr: io.Discard})
	return s.Server, err
}
