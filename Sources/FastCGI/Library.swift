import CFastCGI
import Linux

/// libfcgi as a whole.
enum Library {
    /// 0 once the library is ready, else its error. The first use initialises it.
    ///
    /// `FCGX_Init` installs handlers for SIGTERM, SIGUSR1 and SIGPIPE, of which the first two make later accepts fail.
    /// Signals are the program's to decide, so they are put back. SIGPIPE is then ignored in the whole process: the
    /// library writes with write(2), and a client that went away must be an error of that write and not the end of
    /// the process.
    static let initialised: Int32 = {
        let code = SignalSet(.terminate, .user1, .brokenPipe).preserved { FCGX_Init() }
        Signal.brokenPipe.ignore()
        return code
    }()
}
