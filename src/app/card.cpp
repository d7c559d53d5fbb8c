// `tsunagu card`: an authority for software cards, and what such a card does. For tests and the demonstration.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "app/administration.h"
#include "app/commands.h"
#include "trust/keys.h"
#include "trust/sign_in/card_authority.h"
#include "trust/sign_in/cards.h"

namespace tsunagu::app {
namespace {

struct CardWords {
  std::string folder, name, pin, authority_pin, file, challenge;
  trust::CardRequest request;
  bool pss = false;
};

Result<std::string> read_all(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return fail(ErrorCode::kInvalidRequest, file + " cannot be read");
  return text;
}

Result<std::string> pin_of(const std::string& given, const std::string& prompt, bool twice) {
  return given.empty() ? ask_secret(prompt, twice) : Result<std::string>(given);
}

int make_authority(const CardWords& o) {
  const auto pin = pin_of(o.authority_pin, "PIN of the authority", true);
  if (!pin) return report_error(pin.error());
  const auto made = trust::CardAuthority::make(o.folder, o.name, *pin);
  if (!made) return report_error(made.error());
  fmt::print("Authority in {}. Let a server take its cards:\n  tsunagu serve … --card-ca {} --card-crl {}\n", o.folder,
             made->certificate_file().string(), made->crl_file().string());
  return 0;
}

int issue(const CardWords& o) {
  const auto authority_pin = pin_of(o.authority_pin, "PIN of the authority", false);
  if (!authority_pin) return report_error(authority_pin.error());
  auto authority = trust::CardAuthority::open(o.folder, *authority_pin);
  if (!authority) return report_error(authority.error());
  const auto pin = pin_of(o.pin, "PIN of the card", true);
  if (!pin) return report_error(pin.error());
  if (std::filesystem::exists(o.file)) {
    return report_error({ErrorCode::kAlreadyExists, o.file + " is there already: a card is not overwritten"});
  }
  const auto card = authority->issue(o.request);
  if (!card) return report_error(card.error());
  std::ofstream out(o.file, std::ios::binary);
  out << trust::write_card(*card, *pin) << '\n';
  out.close();
  std::error_code ignored;
  std::filesystem::permissions(o.file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
                               ignored);
  if (!out) return report_error({ErrorCode::kReadOnly, o.file + " cannot be written"});
  fmt::print("Card of {} in {}\n", o.request.name, o.file);
  return 0;
}

int sign(const CardWords& o) {
  const auto file = read_all(o.file);
  if (!file) return report_error(file.error());
  const auto pin = pin_of(o.pin, "PIN of the card", false);
  if (!pin) return report_error(pin.error());
  const auto card = trust::open_card(*file, *pin);
  if (!card) return report_error(card.error());
  const auto text = trust::from_base64url(o.challenge);
  if (!text) return report_error({ErrorCode::kInvalidRequest, "the challenge is no base64url"});
  fmt::print(R"({{"certificate":"{}","signature":"{}"}})"
             "\n",
             trust::to_base64(card->certificate), trust::to_base64(trust::sign_with_card(*card, *text, o.pss)));
  return 0;
}

int revoke(const CardWords& o) {
  const auto pin = pin_of(o.authority_pin, "PIN of the authority", false);
  if (!pin) return report_error(pin.error());
  auto authority = trust::CardAuthority::open(o.folder, *pin);
  if (!authority) return report_error(authority.error());
  const auto file = read_all(o.file);
  if (!file) return report_error(file.error());
  const auto certificate = trust::card_certificate(*file);
  if (!certificate) return report_error(certificate.error());
  if (auto done = authority->revoke(*certificate); !done) return report_error(done.error());
  fmt::print("Revoked; {} says so\n", authority->crl_file().string());
  return 0;
}

}  // namespace

void add_card(CommandLine& program) {
  CommandLine command = program.command("card", "Software cards for signing in, of an authority for tests");
  command.needs_command();
  command.footer(
      "Examples:\n"
      "  tsunagu card ca --folder var/cards --name \"Demo card authority\"\n"
      "  tsunagu card issue --folder var/cards --name \"Demo resident A\" --to a.card\n"
      "  tsunagu serve --data var/region --card-ca var/cards/ca.pem --card-crl var/cards/crl.pem\n"
      "  tsunagu card sign a.card --challenge CHALLENGE       of POST /auth/card/challenge; its answer for /auth/card\n"
      "  tsunagu card revoke a.card --folder var/cards\n"
      "PINs are asked for; scripts give them as options.");
  const auto o = std::make_shared<CardWords>();
  const auto folder = [&o](CommandLine& sub) {
    sub.option("--folder", o->folder, "Folder of the authority").required();
    sub.option("--authority-pin", o->authority_pin, "Its PIN");
  };

  CommandLine authority = command.command("ca", "Make an authority: key, certificate and CRL in a folder");
  folder(authority);
  authority.option("--name", o->name, "Its name").required();
  authority.run([o] { return make_authority(*o); });

  CommandLine issuing = command.command("issue", "Issue a card as a file, its key under a PIN");
  folder(issuing);
  issuing.option("--name", o->request.name, "Name of the holder").required();
  issuing.option("--to", o->file, "File to write").required();
  issuing.option("--pin", o->pin, "PIN of the card");
  issuing.option("--days", o->request.days, "Valid for so many days", 1, 3650);
  issuing.flag("--rsa", o->request.rsa, "An RSA key of 2048 bits instead of EC P-256");
  issuing.option("--ocsp", o->request.ocsp, "URL of a responder, written into the certificate");
  issuing.run([o] { return issue(*o); });

  CommandLine signing =
      command.command("sign", "Sign a challenge with a card; prints certificate and signature (JSON)");
  signing.option("card", o->file, "File of the card").required();
  signing.option("--challenge", o->challenge, "As POST /auth/card/challenge gives it").required();
  signing.option("--pin", o->pin, "PIN of the card");
  signing.flag("--pss", o->pss, "RSA-PSS instead of PKCS #1 v1.5");
  signing.run([o] { return sign(*o); });

  CommandLine revoking = command.command("revoke", "Revoke a card: it is on the CRL from now on");
  revoking.option("card", o->file, "File of the card").required();
  folder(revoking);
  revoking.run([o] { return revoke(*o); });
}

}  // namespace tsunagu::app
