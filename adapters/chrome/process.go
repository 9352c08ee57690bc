package chrome

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/chromedp/chromedp"

	"dreamgym/envserver/gym"
)

// binaries are where a Chrome is looked for: the programs themselves first, since a
// wrapper script would stand between us and the process.
func binaries() []string {
	return []string{
		"/usr/lib/chromium/chromium-headless-shell",
		"/usr/lib/chromium-browser/chromium-headless-shell",
		"chrome-headless-shell",
		"/usr/lib/chromium/chromium",
		"chromium-headless-shell",
		"chromium",
		"chromium-browser",
		"google-chrome-stable",
		"google-chrome",
	}
}

// Find answers the path of a Chrome, or CodeNotAvailable with the command that
// installs one. A path that is given is taken as it is, if there is a program.
func Find(path string) (string, error) {
	candidates := binaries()
	if path != "" {
		candidates = []string{path}
	}
	for _, c := range candidates {
		if p, err := exec.LookPath(c); err == nil {
			return p, nil
		}
	}
	return "", gym.Errorf(gym.CodeNotAvailable, "no Chrome was found; install one: apt-get install -y chromium-headless-shell")
}

// arguments are the flags a browser is launched with. Each page has a gate for a proxy;
// behind it, other hosts than loopback have no name and no route. Nobody watches the pages:
// what follows a click does not wait until its effect was drawn, and a window has no size, so
// that nothing is drawn; a page's own size is another.
func arguments(root bool) []string {
	args := []string{
		"--headless", "--remote-debugging-pipe", "--incognito",
		"--disable-features=RenderDocument,BackForwardCache,Translate,MediaRouter,OptimizationHints,DeferRendererTasksAfterInput",
		"--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-default-apps", "--disable-extensions", "--disable-breakpad",
		"--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
		"--disable-renderer-backgrounding", "--disable-hang-monitor", "--disable-ipc-flooding-protection",
		"--disable-popup-blocking", "--disable-prompt-on-repost", "--metrics-recording-only",
		"--password-store=basic", "--use-mock-keychain", "--force-color-profile=srgb",
		"--hide-scrollbars", "--mute-audio", "--disable-smooth-scrolling",
		"--lang=en-US", "--window-size=0,0",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
		"--webrtc-ip-handling-policy=disable_non_proxied_udp", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
	}
	if root {
		args = append(args, "--no-sandbox")
	}
	return append(args, "about:blank")
}

// process is one running browser and the pipe to it.
type process struct {
	*conn
	browser *session
	cmd     *exec.Cmd
	exited  chan struct{}
	profile *profile
	gates   gates
	brood   brood
}

// launch starts a browser and waits until it answers.
func launch(ctx context.Context, path string) (*process, error) {
	profile, err := newProfile()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(path, append([]string{"--user-data-dir=" + profile.dir}, arguments(os.Geteuid() == 0)...)...), exited: make(chan struct{}), profile: profile}
	// The server's own environment may hold secrets, and its zone would show in pages.
	p.cmd.Env = []string{"HOME=" + profile.dir, "TMPDIR=" + profile.dir, "PATH=/usr/bin:/bin", "LANG=en_US.UTF-8", "TZ=UTC"}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.start(); err != nil {
		return nil, errors.Join(err, profile.remove())
	}
	p.browser = p.attach("", p.event)
	if err := p.watchTabs(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("chrome: %s did not answer after its start: %w", path, err), p.kill())
	}
	return p, nil
}

// start runs the command with the protocol's pipes as its files 3 and 4.
func (p *process) start() error {
	theirR, ourW, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("chrome: pipe: %w", err)
	}
	ourR, theirW, err := os.Pipe()
	if err != nil {
		return errors.Join(fmt.Errorf("chrome: pipe: %w", err), theirR.Close(), ourW.Close())
	}
	p.cmd.ExtraFiles = []*os.File{theirR, theirW}
	err = p.cmd.Start()
	theirR.Close()
	theirW.Close()
	if err != nil {
		return errors.Join(fmt.Errorf("chrome: start: %w", err), ourR.Close(), ourW.Close())
	}
	p.conn = newConn(chromedp.NewPipeConn(ourR, ourW))
	go func() {
		p.cmd.Wait()
		// Children of a browser that died would live on, and hold the pipe.
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		p.tr.Close()
		close(p.exited)
	}()
	return nil
}

// alive tells whether the browser still answers.
func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	case <-p.exited:
		return false
	default:
		return true
	}
}

// kill ends the browser with all its children and removes its profile. It may be called
// more than once.
func (p *process) kill() error {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
	<-p.done
	p.gates.end()
	return p.profile.remove()
}
