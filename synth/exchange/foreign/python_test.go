package foreign

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"dreamgym/envserver/gym"
	"dreamgym/synth/experience"
)

// needPython is the interpreter of the path, for what needs no package.
func needPython(t *testing.T) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("python3 is needed: ", err)
	}
	return python
}

// Experiments that AgentLab's own loop recorded: what broke off is named, the others are read.
func TestExperiments(t *testing.T) {
	o := Options{Python: needPython(t)}
	refused(t, "testdata/experiments", o, "failed/step_2.pkl.gz: the experiment broke off", "RuntimeError: the page is gone")
	o.SkipBad = true
	var notes strings.Builder
	o.Notes = &notes
	rec, f := read(t, "testdata/experiments", o)
	if f != FormatAgentLab || rec.Env != "forms" || len(rec.Episodes) != 2 || !strings.Contains(notes.String(), "nothing that they name is imported or called") {
		t.Fatalf("%s, %+v, %q", f, rec, notes.String())
	}
	page := func(value string) string {
		return "RootWebArea 'Form'\n\t[4] textbox '', value='" + value + "'\n\t[5] button 'Send'"
	}
	base := experience.Transition{Task: "forms.send_1", Scene: "forms.send", Episode: "solved", Goal: "Enter Bo and press Send."}
	first, second := base, base
	first.State, first.Action, first.Next = page(""), "fill('4', 'Bo')", page("Bo")
	second.Step, second.State, second.Action, second.Next, second.Reward, second.Terminated = 1, page("Bo"), "click('5')", page("Bo"), 1, true
	if diff := cmp.Diff([]experience.Transition{first, second}, rec.Episodes[1].Steps); diff != "" {
		t.Error(diff)
	}
	if limit := rec.Episodes[0].Steps; !limit[1].Truncated || limit[1].Terminated || !strings.HasSuffix(limit[0].Next, "\nError: NameError: no such action") {
		t.Errorf("%+v", limit)
	}
}

// A pickle that would run a program does not.
func TestPicklesRunNothing(t *testing.T) {
	folder := t.TempDir()
	trap := filepath.Join(folder, "sprung")
	for _, hostile := range []string{
		"cos\nsystem\n(S'touch " + trap + "'\ntR.",
		"cbuiltins\neval\n(S'open(\"" + trap + "\", \"w\")'\ntR.",
		"cbuiltins\ngetattr\n(cos\nsystem\nS'__call__'\ntR(S'touch " + trap + "'\ntR.",
		"ccopyreg\n_reconstructor\n(cposix\nsystem\nS'touch " + trap + "'\nNtR.",
		"isubprocess\ncall\n.",
	} {
		f, err := os.Create(filepath.Join(folder, "step_0.pkl.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		z.Write([]byte(hostile))
		z.Close()
		f.Close()
		if err := os.WriteFile(filepath.Join(folder, "exp_args.pkl"), []byte(hostile), 0o644); err != nil {
			t.Fatal(err)
		}
		refused(t, folder, Options{Python: needPython(t), Env: "x"}, filepath.Base(folder))
		if _, err := os.Stat(trap); err == nil {
			t.Fatalf("%q was run", hostile)
		}
	}
}

// Datasets of Minari itself, in both of its storages: text, arrays, and parts.
func TestMinari(t *testing.T) {
	const python = "../../../.venv-exchange/bin/python"
	if _, err := os.Stat(python); err != nil {
		t.Fatal("`make setup-tests` installs the Minari that makes the datasets")
	}
	root := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), python, "testdata/minari_dataset.py", root).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, storage := range []string{"hdf5", "arrow"} {
		rec, f := read(t, filepath.Join(root, "farm", "text-"+storage+"-v3"), Options{Python: python})
		if f != FormatMinari || rec.Env != "farm.text-"+storage || len(rec.Episodes) != 2 {
			t.Fatalf("%s, %+v", f, rec)
		}
		if s := rec.Episodes[0].Steps[1]; s.State != "b é" || s.Action != "c" || s.Next != "c\nc" || s.Reward != 1 || !s.Terminated || !strings.HasSuffix(s.Task, ", seed 7") {
			t.Errorf("%+v", s)
		}
		if s := rec.Episodes[1].Steps[0]; !s.Truncated || s.Terminated {
			t.Errorf("%+v", s)
		}
		rec, _ = read(t, filepath.Join(root, "farm", "numbers-"+storage+"-v0"), Options{Python: python, Env: "pole"})
		if s := rec.Episodes[0].Steps[0]; s.State != "[0.1, -1.5]" || s.Action != "1" || s.Next != "[0.25, 3]" || s.Reward != 0.5 || rec.Env != "pole" {
			t.Errorf("%+v", s)
		}
		rec, _ = read(t, filepath.Join(root, "farm", "parts-"+storage+"-v0"), Options{Python: python})
		if s := rec.Episodes[0].Steps[0]; s.State != "place: state s2\nseen: a" || s.Action != "[0.5]" || s.Next != "place: state s3\nseen: b" {
			t.Errorf("%+v", s)
		}
	}
	refused(t, filepath.Join(root, "farm"), Options{Python: python, Format: FormatMinari}, "6 datasets are here")
	broken := filepath.Join(root, "farm", "text-hdf5-v3", "data", "main_data.hdf5")
	if err := os.WriteFile(broken, []byte("no HDF5"), 0o644); err != nil {
		t.Fatal(err)
	}
	refused(t, filepath.Join(root, "farm", "text-hdf5-v3"), Options{Python: python}, "episode 0: ")
}

// A missing interpreter or package is not available, with what would mend it.
func TestMissing(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "metadata.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err := Read(t.Context(), folder, Options{Python: filepath.Join(folder, "python")})
	if gym.CodeOf(err) != gym.CodeNotAvailable {
		t.Errorf("%v", err)
	}
	bare := filepath.Join(t.TempDir(), "bare") // a Python without any package
	script := "#!/bin/sh\nexec " + needPython(t) + " -S -I \"$@\"\n"
	if err := os.WriteFile(bare, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	_, _, err = Read(t.Context(), folder, Options{Python: bare})
	if gym.CodeOf(err) != gym.CodeNotAvailable || !strings.Contains(err.Error(), "-m pip install 'minari[hdf5,arrow]' pillow") {
		t.Errorf("%v", err)
	}
}

// A program that ends early, or says what nobody expects, is no whole import.
func TestProgramFails(t *testing.T) {
	for says, code := range map[string]gym.Code{
		"echo '{\"row\":{\"env\":\"a\",\"task\":\"t\",\"scene\":\"s\",\"episode\":\"e\",\"action\":\"x\",\"state\":\"a\",\"next_state\":\"b\"}}'; echo 'killed' >&2; exit 9": gym.CodeInvalidRequest,
		"echo Traceback":        gym.CodeInternal,
		"echo '{\"end\":true}'": gym.CodeInvalidRequest, // and no row
	} {
		fake := filepath.Join(t.TempDir(), "python")
		if err := os.WriteFile(fake, []byte("#!/bin/sh\n"+says+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		_, _, err := Read(t.Context(), "testdata/experiments", Options{Python: fake})
		if gym.CodeOf(err) != code {
			t.Errorf("%s: %v", says, err)
		}
	}
}
