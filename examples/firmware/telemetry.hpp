// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What the client device does: it sends reports and executes commands. Both client devices use it.
///
///     led on, led off    switches the light
///     interval 250       milliseconds between two reports; 0: none
///     stop               closes the connection
#pragma once

#include "device.hpp"

#include <cstdint>
#include <string_view>

namespace firmware {

class telemetry {
public:
    /// Capacity for a command: a longer one ends the connection.
    static constexpr std::size_t max_command = 64;

    /// Returns whether the time of a report has come. @p now is in milliseconds. If the report cannot be sent, it is skipped.
    [[nodiscard]] bool report_due(std::uint32_t now) noexcept
    {
        if (interval_ == 0 || now - last_report_ < interval_)
            return false;
        last_report_ = now;
        return true;
    }
    [[nodiscard]] line report(std::uint32_t now) const noexcept
    {
        line text;
        text.add(R"({"report":)").add(reports_).add(R"(,"ms":)").add(now);
        return text.add(light_ ? R"(,"led":true})" : R"(,"led":false})");
    }
    /// Counts a report that was sent.
    void on_report_sent() noexcept { ++reports_; }

    /// Returns whether a command asks for the end of the connection.
    [[nodiscard]] static bool is_stop(std::string_view command) noexcept { return command == "stop"; }
    /// Executes any other command. @return the reply
    line execute(std::string_view command) noexcept
    {
        constexpr std::string_view interval = "interval ";
        if (command == "led on" || command == "led off")
            light_ = command == "led on";
        else if (command.starts_with(interval))
            interval_ = number({command.data() + interval.size(), command.size() - interval.size()});
        else
            return line{}.add("unknown command");
        return line{}.add("done: ").add(command);
    }

private:
    std::uint32_t interval_ = 100;
    std::uint32_t last_report_ = 0;
    std::uint32_t reports_ = 0;
    bool light_ = false;
};

} // namespace firmware
