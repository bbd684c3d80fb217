package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/plan"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// mappers decode what a flag takes, by its tag "type". What cannot be is wrong usage, said
// before anything is read.
func mappers() []kong.Option {
	return []kong.Option{
		kong.KindMapper(reflect.String, asGiven(nil)),
		kong.NamedMapper("dir", asGiven(isDir)),
		kong.NamedMapper("rundir", asGiven(isRunDir)),
		kong.NamedMapper("entry", asGiven(isEntry)),
		kong.NamedMapper("glob", asGiven(isGlob)),
		kong.NamedMapper("ignore", asGiven(plan.CheckIgnore)),
		kong.NamedMapper("held", asGiven(func(s string) error {
			_, pattern, _ := strings.Cut(s, "=")
			return plan.CheckIgnore(pattern)
		})),
		kong.NamedMapper("count", kong.MapperFunc(count)),
	}
}

// asGiven takes an argument byte for byte, if check has no error for it; into a list, it
// takes one more. Kong's own mapper sends it through JSON, which has no names that are not
// UTF-8.
func asGiven(check func(string) error) kong.Mapper {
	return kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		token, err := ctx.Scan.PopValue("string")
		if err != nil {
			return err
		}
		text := token.String()
		if check != nil {
			if err := check(text); err != nil {
				return err
			}
		}
		if target.Kind() == reflect.Slice {
			target.Set(reflect.Append(target, reflect.ValueOf(text)))
		} else {
			target.SetString(text)
		}
		return nil
	})
}

// isDir returns an error where a path is no directory.
func isDir(path string) error {
	st, err := os.Stat(path)
	var why *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no such directory: %s", words.Quote(path))
	case errors.As(err, &why):
		return fmt.Errorf("%s: %w", words.Quote(path), why.Err)
	case err == nil && !st.IsDir():
		return fmt.Errorf("not a directory: %s", words.Quote(path))
	}
	return err
}

// isRunDir is isDir, but takes the directory of the graphics driver, which is there only
// where the package runs.
func isRunDir(path string) error {
	if filepath.Clean(path) == providers.DriverDir {
		return nil
	}
	return isDir(path)
}

// isEntry returns an error where the loader would take an entry of RUNPATH for one below the
// directory that a program is started in.
func isEntry(entry string) error {
	if filepath.IsAbs(entry) || strings.HasPrefix(entry, "$ORIGIN") || strings.HasPrefix(entry, "${ORIGIN}") {
		return nil
	}
	return fmt.Errorf("neither absolute nor below $ORIGIN: %s", words.Quote(entry))
}

// isGlob returns an error where the syntax of a pattern is not that of [path.Match].
func isGlob(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("not a glob: %s", words.Quote(pattern))
	}
	return nil
}

// count takes a number that is not negative.
func count(ctx *kong.DecodeContext, target reflect.Value) error {
	// Kong takes a negative number for a flag, and proposes what is no better.
	if next := ctx.Scan.Peek().String(); strings.HasPrefix(next, "-") {
		if _, err := strconv.Atoi(next); err == nil {
			return notCount(next)
		}
	}
	token, err := ctx.Scan.PopValue("number")
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(token.String(), 10, 31)
	if err != nil {
		return notCount(token.String())
	}
	target.SetInt(int64(n))
	return nil
}

func notCount(text string) error {
	return fmt.Errorf("not a number, 0 or more: %s", words.Quote(text))
}
