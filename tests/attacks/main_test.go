package attacks_test

import (
	"os"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.Main(m)) }
