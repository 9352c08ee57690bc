package chrome

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"

	"dreamgym/adapters/chrome/action"
)

// longestChooser is how long a click may take to open a file chooser.
const longestChooser = time.Second

func (p *Page) upload(ctx context.Context, c action.Call) error {
	at, err := p.aim(ctx, c, "bid")
	if err != nil {
		return err
	}
	return p.choose(ctx, c, at, "element "+c.Text("bid"))
}

// choose clicks at a point and answers the file chooser that opens.
func (p *Page) choose(ctx context.Context, c action.Call, at reply, what string) error {
	files, err := p.browser.uploads(c.List("file"))
	if err != nil {
		return err
	}
	intercept := func(on bool) *answer {
		return p.session.send(page.SetInterceptFileChooserDialog.Method, page.SetInterceptFileChooserDialogParams{Enabled: on})
	}
	if err := intercept(true).wait(ctx, nil); err != nil {
		return err
	}
	defer intercept(false)
	select {
	case <-p.choosers: // of an earlier click
	default:
	}
	if err := p.dispatchMouse(ctx, clicks(at.X, at.Y, "left", 0, 1)); err != nil {
		return err
	}
	select {
	case e := <-p.choosers:
		if e.Mode == page.FileChooserOpenedModeSelectSingle && len(files) > 1 {
			return problem(what + " takes one file only")
		}
		return p.setFiles(ctx, e.BackendNodeID, files)
	case <-time.After(min(longestChooser, p.browser.cfg.Settle/2)):
		return problem(what + " opens no file chooser")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Page) setFiles(ctx context.Context, input cdp.BackendNodeID, files []string) error {
	_, err := call(ctx, p.session, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: files, BackendNodeID: input})
	return err
}

// uploads answers the paths of files in the folder of uploads. No name leads out of it.
func (b *Browser) uploads(names []string) ([]string, error) {
	if b.cfg.Uploads == "" {
		return nil, problem("there are no files to upload here")
	}
	if len(names) == 0 {
		return nil, problem("an upload names at least one file")
	}
	root, err := os.OpenRoot(b.cfg.Uploads)
	if err != nil {
		return nil, problem("the folder of files to upload cannot be read")
	}
	defer root.Close()
	paths := []string{}
	for _, n := range names {
		info, err := root.Stat(n)
		if err != nil || !info.Mode().IsRegular() {
			return nil, problem("there is no file " + action.Quote(n) + " to upload")
		}
		path, err := filepath.Abs(filepath.Join(b.cfg.Uploads, n))
		if err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}
